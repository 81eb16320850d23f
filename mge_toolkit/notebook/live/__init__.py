"""A run while it goes on: what is known of it, and the view of that."""
