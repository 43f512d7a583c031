"""Several processes as one: workers under a supervisor on one machine, and gateways over Redis or Valkey."""
