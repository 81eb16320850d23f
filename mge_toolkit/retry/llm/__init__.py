"""Repair by a language model: what is asked, what it may cost, and recorded answers."""
