"""Small edits of logic, by family: each yields what may be meant, with how unlikely that is."""
