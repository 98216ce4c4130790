"""Plans that need not be made twice."""
