"""What the operating system gives: files, locks, descriptors, signals, the event loop, lines that block nobody."""
