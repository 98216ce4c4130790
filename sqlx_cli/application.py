"""The Click application: finds commands by their file names, and turns every error into a message and an exit code."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import click

from kernel.core.errors import Interrupted, SqlxError, UsageError

GROUPS = ("plan", "snapshot", "audit", "policy", "key")
"""Words that may stand apart: `sqlx plan diff` is `sqlx plan:diff`."""


class Commands(click.Group):
    """`sqlx_cli/commands/plan_diff.py` is `sqlx plan:diff`; it is imported when it is called or its help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from sqlx_cli import commands
        return sorted(_spoken(module.name) for module in pkgutil.iter_modules(commands.__path__) if not module.name.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module("sqlx_cli.commands." + name.replace(":", "_").replace("-", "_")).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from sqlx_cli.summaries import SUMMARIES
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES.get(name, "")) for name in self.list_commands(ctx)])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx):
            from kernel.air.tree import nearest
            group = [name for name in self.list_commands(ctx) if name.startswith(f"{args[0]}:")]
            if group:
                raise UsageError(f"which one: {', '.join(group)}?", next=f"sqlx {group[0]} --help")
            meant = nearest(args[0], self.list_commands(ctx))
            raise UsageError(f"there is no command `{args[0]}`" + (f"; did you mean `{meant}`?" if meant else ""), next="see `sqlx --help`")
        return super().resolve_command(ctx, args)


def _spoken(module: str) -> str:
    """The name of a command from that of its file: the first underscore of a known group is its colon."""
    group, _, rest = module.partition("_")
    return f"{group}:{rest.replace('_', '-')}" if group in GROUPS and rest else module.replace("_", "-")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
               epilog="New here? `sqlx demo` shows it all. Your own database: `sqlx init --target URL`. What an error means: `sqlx explain CODE`.")
@click.option("--config", metavar="FILE", default="", help="The project file, instead of the sqlx.yaml found upward from here.")
@click.version_option(None, "-V", "--version", package_name="nublox-sqlx", prog_name="sqlx")
@click.pass_context
def application(context: click.Context, config: str) -> None:
    """Declarative schema change that learns your server, proves the plan, and keeps the books."""
    context.obj = config


def run(words: Sequence[str]) -> int:
    """Run the application; every way of ending has its exit code."""
    words = _joined(list(words)) or ["--help"]
    redact = _Redaction()
    try:
        result = application.main(list(words), prog_name="sqlx", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SqlxError as error:
        return _report(redact(error), words)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _report(Interrupted("stopped by you", next="run the same command again"), words)
    except click.ClickException as wrong:
        where = getattr(getattr(wrong, "ctx", None), "command_path", "sqlx")
        return _report(UsageError(wrong.format_message(), next=f"see `{where} --help`"), words)
    except BrokenPipeError:
        from sqlx_cli.output import silence
        silence(sys.stdout)
        return 0
    except Exception as bug:
        return _crash(redact, bug)
    finally:
        _warn()


class _Redaction:
    """Takes secrets out of errors, if any were met."""

    def __call__(self, error: SqlxError) -> SqlxError:
        redactor = sys.modules.get("sqlx_cli.session")
        return redactor.REDACTOR.error(error) if redactor else error

    def report(self, bug: BaseException) -> str:
        session = sys.modules.get("sqlx_cli.session")
        if session:
            return session.REDACTOR.report(bug)  # type: ignore[no-any-return]
        import traceback
        return "".join(traceback.format_exception(bug))


def _joined(words: list[str]) -> list[str]:
    """`plan diff` as `plan:diff`."""
    for at, word in enumerate(words):
        if word.startswith("-"):
            continue
        if word in GROUPS and at + 1 < len(words) and not words[at + 1].startswith("-"):
            return [*words[:at], f"{word}:{words[at + 1]}", *words[at + 2:]]
        break
    return words


def _warn() -> None:
    """What was met on the way and belongs to no result, such as a password on the command line."""
    session = sys.modules.get("sqlx_cli.session")
    if session and session.REMARKS:
        from sqlx_cli.views.error import show_remarks
        show_remarks(session.REMARKS)
        session.REMARKS.clear()


def _report(error: SqlxError, words: Sequence[str]) -> int:
    from sqlx_cli.views.error import show
    show(error, as_json="--json" in words)
    return error.exit_code


def _crash(redact: _Redaction, bug: BaseException) -> int:
    from sqlx_cli.views.error import show_crash
    show_crash(redact.report(bug))
    return 1
