"""One file per URL scheme: the only importers of database drivers."""
