"""The rules of the board: cases, grants, deadlines, audit. No Flask."""
