"""One file per use case: the only place where effects are put in order."""
