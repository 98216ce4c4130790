"""From two catalogs to a plan: learn, diff, choose, order, undo, prove; pure over ports."""
