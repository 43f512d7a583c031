"""A shelf of televisions behind the gateway: certificates that they can trust, and what their network has to be told."""
