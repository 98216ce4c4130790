"""The tests of sqlx: see CONTRIBUTING.md for what each folder holds."""
