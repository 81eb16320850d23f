"""The pytest driver: atoms of a masterplan as test items."""
