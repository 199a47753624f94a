"""The training board: everything an operator runs, on one machine, with invented reports."""
