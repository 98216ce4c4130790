"""AIR: SQL text and YAML with their positions kept. The only importer of SQL parsers."""
