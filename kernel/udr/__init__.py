"""The bridge to servers: statements are lowered, sent and read back through one adapter per URL scheme."""
