"""The desk: pages over triage."""
