"""What is allowed here: decisions, and one file per obligation."""
