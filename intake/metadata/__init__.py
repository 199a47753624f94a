"""Hidden data leaves photos as they stream by: byte-level cleaners that never hold a whole file."""
