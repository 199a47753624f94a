"""Known answers: scenarios with what must come of each, for this and every other implementation."""
