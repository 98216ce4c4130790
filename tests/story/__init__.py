"""The whole story, as its three people live it."""
