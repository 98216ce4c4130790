"""Frozen values and errors: standard library only, no input or output, no clock, no randomness."""
