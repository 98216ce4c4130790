"""The audit log in git: who changed what, and the proof that the list is complete."""
