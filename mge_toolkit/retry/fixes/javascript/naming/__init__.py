"""Ways to mend names, members and imports that a program uses and nothing declares."""
