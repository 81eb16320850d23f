"""What every JavaScript fixer needs: parsed programs, their tokens, scopes, and edits to them."""
