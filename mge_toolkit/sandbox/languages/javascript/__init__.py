"""JavaScript and TypeScript: one language family, composed into one module and run by Deno."""
