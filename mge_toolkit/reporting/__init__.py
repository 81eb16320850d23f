"""Shows what became of a run: failures with their source, summaries, figures and one JSON document."""
