"""Access to the operating system: files, locks, descriptors, signals, the event loop, and a writer of lines that never blocks."""
