"""The rules of lint, each by its own examples."""
