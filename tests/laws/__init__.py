"""Laws that hold for all values, looked for by Hypothesis."""
