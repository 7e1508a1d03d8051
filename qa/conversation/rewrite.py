"""A follow-up with what it leaves out: "and in 2013?", "when was it built?", "why?".

No grammar is known here. A part is exchanged where its counterpart in the previous question is plain to see; otherwise
the previous question is put behind it. The evidence decides whether the result is better than the question as typed
(``qa.answering.pipeline``), so that a question mistaken for a follow-up is not spoiled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answering.quotes import PRONOUNS

_MAX_CHARS = 300
"""A longer question says itself what it is about; no more of what was asked before is joined to another."""
_LOOK_BACK = 3
"""The number of earlier questions that a follow-up may refer to."""
_MAX_PART_WORDS = 5
"""A longer follow-up is not a part of a question but a question."""
_MAX_FRAGMENT_WORDS = 3
"""So many words without a verb are no question of their own."""
_LEAD = re.compile(
    r"(?:(?:(?:and|but|or|so|then|also|ok|okay|well|und|et|¿?y)\b[ ,]+|(?:thanks|thank you|yes|no|great),\s*)+"
    r"(?:(?:what|how) about\s+)?|(?:what|how) about\s+)",
    re.IGNORECASE,
)
_QUESTION_WORDS = frozenset(
    """what which who whom whose when where why how warum wieso weshalb wann wo wer wie wozu pourquoi quand où qui
    comment combien qué cuándo dónde quién cómo""".split()  # noqa: SIM905
)
_POINTING = (PRONOUNS - {"that", "such"}) | frozenset("there then one ones".split())  # noqa: SIM905
_ONE = frozenset("he him his she her hers it its".split())  # noqa: SIM905
_VERBS = frozenset(
    """is are was were am be been do does did can could should would will shall has have had may might must tell say
    list show name""".split()  # noqa: SIM905
)
_ADDED = frozenset("exactly so not for by to from in on at since until much many long often far".split())  # noqa: SIM905
_NOT_POINTING = re.compile(
    r"\b(?:is|are|was|were|be|been) there\b|\bthere (?:is|are|was|were)\b|\bno one\b|\bone of\b", re.IGNORECASE
)
_THAT = re.compile(
    r"\b(?:is|was|does|did|do|after|before|since|until|by|of|about|for) that\b|\bthat (?:year|time|day)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"(?:please )?(?:tell me |say )?(?:some )?more\b", re.IGNORECASE)
_PREPOSITION = r"(?:according to|in|on|at|for|from|to|by|of|with|without|since|until|before|after|during|under|between)"
_PHRASE_START = _PREPOSITION.replace("|of|", "|")
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_YEAR = r"(?:1\d|20)\d\d"
_TIME = re.compile(rf"\b(?:\d{{1,2}} )?(?:{_MONTH} )?{_YEAR}\b|\b(?:\d{{1,2}} )?{_MONTH}\b")
_NUMBER = r"\d[\w.]*"
_CAPITAL = r"[A-Z][\w.'’-]*"
_NAME = re.compile(rf"{_NUMBER}|{_CAPITAL}(?: (?:(?:of|the|de|von|van) )*(?:{_CAPITAL}|{_NUMBER}))*")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question that was asked before, and its answer."""

    question: str
    """As it was searched."""
    answer: str = ""
    """``Answer.short``, else the first quote; empty when nothing was found. Only a language model is told of it."""


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """The question itself when it stands alone, else with what it leaves to the questions before it.

    The turns are in order, the last one last.
    """
    return _after(previous_question(turns), question)


def previous_question(turns: Sequence[Turn]) -> str:
    """The question before a follow-up, itself with what it leaves to those before it; empty when there is none."""
    previous = ""
    for turn in turns[-_LOOK_BACK:]:
        wording = turn.question.strip()
        if not previous or not wording.endswith(previous):  # else it has it already
            wording = _after(previous, wording)
        previous = _shortened(wording)
    return previous


def _after(previous: str, question: str) -> str:
    """The follow-up comes first: the reader answers the first of several questions."""
    if not previous or not _is_follow_up(question):
        return question
    return _with_part(previous, question) or f"{_ended(question.strip())} {previous}"


def _shortened(wording: str) -> str:
    """Of several questions the first and the last, which says what all are about."""
    first, *others = re.split(r"(?<=[?!.？。]) +", wording)
    text = " ".join([first, *others[-1:]])
    return _ended(text if len(text) <= _MAX_CHARS else text[:_MAX_CHARS].rpartition(" ")[0])


def _ended(text: str) -> str:
    return text if not text or text.endswith(("?", ".", "!", "？", "。")) else f"{text}?"


def _is_follow_up(question: str) -> bool:
    """True if the question seems to leave something to the one before it."""
    words = list(re.finditer(r"[^\W_]+", question))
    if not words or len(question) > _MAX_CHARS:
        return False
    if _LEAD.match(question) or _MORE.match(question) or _THAT.search(question):
        return True
    lower = {word[0].lower() for word in words}
    if lower <= _QUESTION_WORDS | _VERBS | _ADDED:  # "Why?", "Since when?"
        return True
    if len(words) <= _MAX_FRAGMENT_WORDS and question.rstrip().endswith("?") and not lower & (_QUESTION_WORDS | _VERBS):
        return True
    return _points_back(_NOT_POINTING.sub("", question))


def _points_back(question: str) -> bool:
    """True if a word of the question points to something that no name before it may mean."""
    name = ""
    for number, word in enumerate(re.findall(r"[^\W_]+", question)):
        many = name.endswith("s") and word.lower() in _ONE  # "Russians" is not "it"
        if word.lower() in _POINTING and (not name or many):
            return True
        if number and not word[0].islower():
            name = word
    return False


def _with_part(previous: str, question: str) -> str | None:
    """The previous question with a part exchanged: "How many moons does Mars have?", "and Saturn?"; None when the
    follow-up is more than a part, or no counterpart is found."""
    lead = _LEAD.match(question)
    part = question[lead.end() if lead else 0 :].strip(" ¿?!.,")
    words = part.lower().split()
    stem = previous.rstrip("?!. ")
    if not 0 < len(words) <= _MAX_PART_WORDS or set(words) & (_QUESTION_WORDS | _POINTING | _VERBS):
        return None
    single = "? " not in stem
    exchanged = (
        (single and (_with_time(stem, part) or _with_preposition(stem, part)))
        or _with_number(stem, part)
        or _with_name(stem, part)
    )
    return f"{exchanged}?" if exchanged else None


def _with_time(stem: str, part: str) -> str | None:
    """ "in 2013" for "in 2012"; behind a question without a time."""
    match = re.fullmatch(rf"({_PREPOSITION} )?({_TIME.pattern})", part)
    if match is None:
        return None
    found = list(_TIME.finditer(stem))
    if not found:
        return f"{stem} {part if match[1] else 'in ' + part}"
    year = re.search(rf" {_YEAR}$", found[-1][0])
    moment = match[2] if re.search(_YEAR, match[2]) or not year else match[2] + year[0]
    return f"{stem[: found[-1].start()]}{moment}{stem[found[-1].end() :]}"


def _with_preposition(stem: str, part: str) -> str | None:
    """ "in Japan" for "in the United Kingdom"; behind a question without any such phrase."""
    match = re.match(rf"{_PREPOSITION}\b", part, re.IGNORECASE)
    if match is None:
        return None
    part = match[0].lower() + part[match.end() :]
    same = "with(?:out)?" if match[0].lower() in ("with", "without") else match[0].lower()
    found = list(re.finditer(rf"\b{same} (?:(?! {_PHRASE_START} ).)+", stem))
    if not found:
        return None if re.search(rf" {_PREPOSITION} ", stem) else f"{stem} {part}"
    if same != "with(?:out)?" and (set(found[-1][0].split()) & set(part.split())) - set(match[0].lower().split()):
        return None  # "for 28 mm" instead of a part of "for 25 mm tyres"
    return f"{stem[: found[-1].start()]}{part}{stem[found[-1].end() :]}"


def _with_number(stem: str, part: str) -> str | None:
    """ "version 3.0" for "version 1.0"."""
    match = re.fullmatch(rf"(\w+) {_NUMBER}", part)
    found = match and re.search(rf"\b{match[1]} {_NUMBER}", stem)
    return f"{stem[: found.start()]}{part}{stem[found.end() :]}" if found else None


def _with_name(stem: str, part: str) -> str | None:
    """A name for the name that shares a word with it, a number for one written alike; else for the first name."""
    part = part.removeprefix("the ")
    names = [match for match in _NAME.finditer(stem) if match.start() and match[0].lower() not in _QUESTION_WORDS]
    if not _NAME.fullmatch(part) or not names:
        return None
    shared = [each for each in names if set(each[0].split()) & set(part.split())]
    alike = shared or [each for each in names if part[0].isdigit() and _shape(each[0]) == _shape(part)]
    chosen = (alike or names)[0]
    if re.match(r",| and | or ", stem[chosen.end() :]):
        return None  # one of several
    return f"{stem[: chosen.start()]}{part}{stem[chosen.end() :]}"


def _shape(name: str) -> str:
    """``9.9`` of ``version 3.10``: digits as one character, other letters as another."""
    return re.sub(r"[^\W\d]+", "a", re.sub(r"\d+", "9", name))
