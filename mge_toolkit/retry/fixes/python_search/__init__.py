"""Mends Python's logic by search: small edits of the syntax tree, the most plausible first."""
