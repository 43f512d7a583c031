"""A lab of televisions behind the gateway: certificates that they can trust, and settings for their network."""
