"""What the fixers of names know of a program: its text, its scopes, its classes, and the standard library."""
