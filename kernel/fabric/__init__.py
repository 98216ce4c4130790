"""Sessions with a server: how they are opened, secured, pooled and given back."""
