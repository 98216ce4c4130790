"""`python -m sqlx_cli`: the same program where no script was put on the path."""

from sqlx_cli.main import entry_point

entry_point()
