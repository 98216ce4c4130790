"""Adapters, on the servers that they are for."""
