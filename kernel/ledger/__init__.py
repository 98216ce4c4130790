"""The audit log: an orphan branch `sqlx-audit` in the user's repository, with one Merkle log per target.

    from kernel.ledger.branch import append         entries in, a signed Checkpoint out
    from kernel.ledger.remote import fetch, push    the branch and its copy elsewhere
    from kernel.ledger.verify import verify         edited, cut, forked, wrongly signed, incomplete: a Report that names it

Signing and verifying are functions that the caller brings: `Sign` (bytes -> armored signature), `Verify` (bytes, signature, time -> name).
The work tree, the index and HEAD of the repository are never touched.
"""
