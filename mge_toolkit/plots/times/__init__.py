"""Pictures of how a run used its time, its slots and its memory."""
