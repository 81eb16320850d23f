"""Many words written as one text, which reads better than a list of them."""

from __future__ import annotations


def words(*texts: str) -> frozenset[str]:
    """Return the words of texts that blanks separate."""
    return frozenset(word for text in texts for word in text.split())
