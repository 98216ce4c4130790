"""The command line from outside, as people and jobs call it."""
