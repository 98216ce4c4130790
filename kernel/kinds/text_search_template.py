"""Text search template: what dictionaries are made from."""

from __future__ import annotations

from kernel.kinds import _text_search as text_search

KIND = text_search.kind(
    "text_search_template", "TEXT SEARCH TEMPLATE", "What dictionaries are made from.", "pg_ts_template", "3764", "tmpl",
    {"init": ("tmplinit", "the function that begins"), "lexize": ("tmpllexize", "the function that takes a word")},
    {"init": "dsimple_init", "lexize": "dsimple_lexize"})
