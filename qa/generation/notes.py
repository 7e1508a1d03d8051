"""The notes that writing with a language model adds to an answer: their codes, and the failure in words."""

from __future__ import annotations

from collections.abc import Iterable

from qa.types import Note

WRITER_FAILED = "writer_failed"
"""The model could not be reached or broke off; the message is the cause. The quotes of the answer without it follow."""
WRITER_UNPROVEN = "writer_unproven"
"""The model wrote to its end, but the documents prove nothing of it. The quotes follow, too."""
WRITER_FOUND_NOTHING = "writer_found_nothing"
QUOTES_STRUCK = "quotes_struck"

FAILURES = frozenset({WRITER_FAILED, WRITER_UNPROVEN})


def failure_words(notes: Iterable[Note]) -> str:
    """Why an answer shows quotes in place of, or after, what the model wrote; empty where it does not."""
    failure = next((note for note in notes if note.code in FAILURES), None)
    return f"{failure.message} Showing quotes from your documents instead." if failure else ""
