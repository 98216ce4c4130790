"""explain: what an error or a finding means. Errors and findings have a page that ships with sqlx; a lint rule is its own page."""

from __future__ import annotations

from kernel.air.yaml import nearest
from kernel.config.packaged import templates
from kernel.core.errors import UsageError, error_types
from kernel.lints import rules
from kernel.lints._rule import Rule


def subjects() -> dict[str, str]:
    """Everything that has a page, with its first sentence: errors, findings of plans, rules of lint."""
    found = {file.stem.replace("--", "/"): _first_sentence(file.read_text("utf-8")) for file in sorted((templates() / "explain").glob("*.md"))}
    return found | {rule.name: rule.condition for rule in rules().values()}


def page(code: str) -> str:
    """The page of an error or rule, as Markdown; that of a number lists the errors with this exit code."""
    if code.isdigit():
        return _exit(int(code))
    known = {one.lower(): one for one in subjects()}
    name = known.get(code.lower(), "")
    if not name:
        meant = nearest(code, known.values())
        raise UsageError(f"there is no page about `{code}`" + (f"; did you mean `{meant}`?" if meant else ""), next="`sqlx explain` lists them all")
    if name in rules():
        return _rule(rules()[name])
    text = (templates() / "explain" / f"{name.replace('/', '--')}.md").read_text("utf-8")
    error = error_types().get(name)
    head, _, rest = text.partition("\n")
    return f"{head} (exit {error.exit_code})\n{rest}" if error else text


def _first_sentence(text: str) -> str:
    return next((line for line in text.splitlines()[1:] if line), "")


def _exit(number: int) -> str:
    found = [name for name, error in error_types().items() if error.exit_code == number]
    others = {0: "Done, or no changes.", 2: "There are changes; with `--detailed-exitcode` only."}
    if not found and number not in others:
        codes = sorted({*others, *(error.exit_code for error in error_types().values())})
        raise UsageError(f"sqlx never ends with {number}", next="its exit codes are " + ", ".join(map(str, codes)))
    said = subjects()
    lines = [f"- {name}: {said.get(name, '')}" for name in sorted(found)]
    return "\n".join([f"# Exit code {number}", "", *([others[number]] if number in others else lines)]) + "\n"


def _rule(rule: Rule) -> str:
    def code(text: str) -> str:
        return "\n".join("    " + line for line in text.splitlines())
    return (f"# {rule.name} ({rule.severity} of `sqlx lint`)\n\n{rule.condition}\n\n## Effect\n\n{rule.effect}\n\n## What to do\n\n"
            f"{rule.remedy[0].upper()}{rule.remedy[1:]}.\n\n## Bad\n\n{code(rule.bad)}\n\n## Good\n\n{code(rule.good)}\n")
