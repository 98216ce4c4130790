"""UDR: how a server is spoken to. Adapters are the only ones that know one; the rest sees these ports."""
