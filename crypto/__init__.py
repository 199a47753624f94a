"""The age format, board manifest, key shares, receipts and padding: bytes in, bytes out."""
