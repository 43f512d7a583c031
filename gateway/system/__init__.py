"""Access to the operating system: files, locks, descriptors, signals, the event loop, lines that block nobody."""
