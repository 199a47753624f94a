"""Tests of reviewer_ui."""
