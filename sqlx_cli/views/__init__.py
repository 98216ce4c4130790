"""What people see: one file per result."""
