"""A follow-up question made into one that stands alone, by rules: "and in 2013?", "who was he?", "why?".

The rules are few and careful, because the result is searched: a question that stands alone comes back as it is. What
they make is shown, and can be edited.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.conversation.rules import antecedents
from qa.conversation.rules.antecedents import LOOK_BACK, MOST_CHARS, Turn
from qa.conversation.rules.ellipses import abroad, asked_again, shortened
from qa.conversation.rules.pronouns import resolved

__all__ = ["Turn", "standalone"]

_LEAD = re.compile(
    r"(?:(?:(?:and|but|or|so|then|also|ok|okay|well|und|et|¿?y)\b[ ,]+|(?:thanks|thank you|yes|no|great),\s*))+",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"und|et|¿?y", re.IGNORECASE)
_OWNED = re.compile(r"(?:(?:what|how) about )?(?:his|her|its|their) [\w -]{2,40}[?!. ]*", re.IGNORECASE)
_AT_THE_TIME = re.compile(r"\bat the time(?=[?!. ]*$)", re.IGNORECASE)
_MORE = re.compile(
    r"(?:please )?(?:tell me |say |show me )?(?:some )?more(?: details?)?"
    r"(?: (?:about|on) (?:it|this|that|him|her|them))?(?: please)?[ ?!.]*",
    re.IGNORECASE,
)


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """The question that is searched: ``question`` itself when it stands alone, else with what the turns before it say.

    The turns are in order, the last one last; their questions stand alone already.
    """
    body = _AT_THE_TIME.sub("at that time", antecedents.written_out(" ".join(question.split())))
    recent = [turn for turn in turns if len(turn.question) <= MOST_CHARS][-LOOK_BACK:]
    if not recent or recent[-1] is not turns[-1] or len(body) > MOST_CHARS or not re.search(r"\w", body):
        return question
    lead = _LEAD.match(body)
    body = body[lead.end() :] if lead else body
    foreign = lead is not None and _FOREIGN.match(lead[0]) is not None
    found = _rewritten(body, lead is not None, foreign, recent)
    if found is None or found.casefold() == body.casefold():
        return question
    return found[:1].upper() + found[1:]


def _rewritten(body: str, led: bool, foreign: bool, turns: Sequence[Turn]) -> str | None:
    if (again := asked_again(body, turns[-1])) is not None:
        return again
    if foreign:
        return abroad(body, turns[-1])
    if _MORE.fullmatch(body):
        topic = antecedents.thing(turns) or antecedents.things(turns) or antecedents.person(turns) or turns[-1].title
        return f"Tell me more about {topic}." if topic else None
    if (whole := shortened(body, led, turns)) is not None:
        return whole
    named = resolved(body, turns)
    if led and body.lower().startswith("if "):  # "What happens if the tenant is late?", "and if he moves out?"
        asked = antecedents.plain(turns[-1].question)
        return f"{re.sub(r',? if .*', '', asked)} {named[0].lower()}{named[1:].rstrip('?!. ')}?"
    if named != body and _OWNED.fullmatch(body):  # "And its moons?"
        return "What about " + re.sub(r"^(?:what|how) about ", "", named, flags=re.IGNORECASE).rstrip("?!. ") + "?"
    return named if len(named.split()) > 2 else None
