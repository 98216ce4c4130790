"""What would make a schema better: one file per advisor."""
