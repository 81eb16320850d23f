"""Measures MGE Toolkit beside named peers: ``python -m benchmarks --help``."""
