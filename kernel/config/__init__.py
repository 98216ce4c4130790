"""What people configured: defaults, environment, workspace, tenant; the only reader of the process environment."""
