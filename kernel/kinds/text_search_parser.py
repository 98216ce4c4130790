"""Text search parser: what finds the words in a text."""

from __future__ import annotations

from kernel.kinds import _text_search as text_search

KIND = text_search.kind(
    "text_search_parser", "TEXT SEARCH PARSER", "What finds the words in a text.", "pg_ts_parser", "3601", "prs",
    {"start": ("prsstart", "the function that begins"), "gettoken": ("prstoken", "the function that finds the next word"),
     "end": ("prsend", "the function that ends"), "lextypes": ("prslextype", "the function that lists the sorts of words"),
     "headline": ("prsheadline", "the function that shows words in their place")},
    {"start": "prsd_start", "gettoken": "prsd_nexttoken", "end": "prsd_end", "lextypes": "prsd_lextype"})
