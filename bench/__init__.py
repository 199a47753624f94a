"""Figures of the README: one script a figure, ratios to a named limit in the same run."""
