"""Ways to make a program parse again, and what tries them."""
