"""Floor 0: records, errors, events, ports, graphs and settings. Imports nothing of ours above it."""
