"""Readers of plan files: text in, nodes with line numbers out. They know nothing of atoms."""
