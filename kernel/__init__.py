"""The kernel of sqlx: everything below the command line. Imports point downward only (see docs/architecture.md)."""

__version__ = "0.1.0"
