"""Several gateways as one, over Redis or Valkey: one state, one setting, one view of all exchanges."""
