"""What happened, as events: one file per place that they go to."""
