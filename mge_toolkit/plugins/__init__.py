"""How others add to the toolkit: hook specifications, the manager that calls them, and the built-in parts."""
