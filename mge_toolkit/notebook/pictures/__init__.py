"""Pictures of runs as plain drawings that become SVG, or PNG where nothing else is shown. Pure functions."""
