"""Questions, checked, and the kind of answer that each asks for, by its first words."""

from __future__ import annotations

import re
from typing import Literal

from embeddings import has_words, replace_surrogates
from qa.errors import QuestionError

QuestionKind = Literal["fact", "explain", "list", "yes_no"]
"""``fact``: some exact words; ``explain``: a few sentences; ``list``: words from several passages; ``yes_no``: the
sentence that decides."""

_AUXILIARY = (
    "is|are|was|were|am|do|does|did|can|could|should|would|will|shall|has|have|had|may|might|must"
    "|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|can't|couldn't|shouldn't|wouldn't|won't|hasn't|haven't|hadn't"
)
_SAID = "say|said|think|thought|argue|claim|believe|mean|recommend|suggest|explain|state|describe|happen"
_PLURAL = rf"(?!(?:{_AUXILIARY}|\w*(?:ss|us|is))\b)\w{{2,}}s"
_KINDS: tuple[tuple[QuestionKind, re.Pattern[str]], ...] = (
    ("yes_no", re.compile(rf"(?:{_AUXILIARY})\b")),
    (
        "explain",
        re.compile(
            rf"why\b|explain\b|describe\b|summari[sz]e\b|how come\b|how to\b|how (?:{_AUXILIARY})\b"
            rf"|what (?:do|does|did) .*\b(?:{_SAID})\b|what happen|what (?:is|was|are|were) the (?:difference|reason)"
        ),
    ),
    (
        "list",
        re.compile(
            rf"(?:list|enumerate|name (?:all|some|the {_PLURAL}|{_PLURAL}))\b|(?:what|which|who) (?:are|were)\b"
            rf"|(?:what|which) (?:{_PLURAL})\b|(?:what|which) (?:kinds|types|sorts|of)\b"
        ),
    ),
)
_LEAD = re.compile(r"^(?:(?:and|so|but|please|tell me|say|in|at|on|for|to|of|by|from|with|under|after|before)[ ,]+)+")


def checked(question: str, max_chars: int) -> str:
    """The question as it is searched, without the space around it. Raises ``QuestionError``."""
    question = question.strip()
    if not question:
        raise QuestionError("The question is empty. Type what you want to know.")
    if len(question) > max_chars:
        raise QuestionError(f"The question has {len(question):,} characters; the limit is {max_chars:,}. Shorten it.")
    if not has_words(question):
        raise QuestionError(f"The question {question[:40]!r} has no words in it. Type what you want to know.")
    return replace_surrogates(question)


def kind_of(question: str) -> QuestionKind:
    """The kind of an English question; of any other, ``fact``, for which the whole sentence is shown as well."""
    words = " ".join(question.lower().replace("’", "'").split())
    for start in (words, _LEAD.sub("", words)):
        for kind, pattern in _KINDS:
            if pattern.match(start):
                return kind
    return "fact"
