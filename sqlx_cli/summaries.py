"""One line about each command, so that `sqlx --help` imports none of them. A test holds it against the commands' own help."""

SUMMARIES = {
    "apply": "Run a plan, step by step, each one read back.",
    "audit:verify": "Prove that the audit log is whole.",
    "demo": "Play the whole story on a database of its own.",
    "doctor": "Look at the installation, the project and the targets.",
    "explain": "What an error or a finding means, and what to do.",
    "init": "Begin a project here.",
    "key:generate": "Make an SSH key for signing plans.",
    "learn": "Find out what a server can do, by trying it.",
    "lint": "Check schema files without a server.",
    "plan:diff": "Plan the way from the live database to the desired schema.",
    "plan:show": "Show a plan for people.",
    "plan:sign": "Sign a plan with an SSH key.",
    "plan:verify": "Check a plan's signatures.",
    "purge": "Let go of the rows that were kept for a rollback.",
    "rollback": "Take a plan back, step by step, last first.",
    "simulate": "Rehearse a plan on a twin, forward and back.",
    "snapshot:pull": "Write the live schema as files: YAML, or SQL.",
    "status": "What was done to a database, and what is left to do.",
}
