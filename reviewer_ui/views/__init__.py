"""The pages of the desk, one blueprint a subject."""
