"""The public app: the report vocabulary, the form, the drop. It holds public keys only."""
