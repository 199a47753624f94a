"""The pages, one subject a module."""
