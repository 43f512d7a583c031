"""Values in, values out: no I/O, no clock, no log, no framework."""
