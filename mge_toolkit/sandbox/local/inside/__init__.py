"""What runs inside: the spawner and all it needs. Stdlib only, and loaded by path under a name of its own."""
