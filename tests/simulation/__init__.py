"""Rehearsals on a twin: the rows that they are made with, what they catch, and what their result is worth."""
