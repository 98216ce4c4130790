"""What a schema is made of: one file per kind of object, which says how it is read, made, changed, renamed and dropped."""
