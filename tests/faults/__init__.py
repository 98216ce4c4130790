"""Tests that kill, cut, lock and disturb sqlx, and look at what is left."""
