"""What is worth saying about a schema or a plan: one file per rule."""
