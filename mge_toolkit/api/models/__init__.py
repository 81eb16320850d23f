"""The shapes of what the service takes and gives, as its description states them."""
