"""Schema changes from the wild, judged by a neutral oracle."""
