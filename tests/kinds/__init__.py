"""Kinds of objects, read from servers and made again."""
