"""Pictures of what became of a run's atoms, and why."""
