"""Pronouns of a follow-up replaced by what they mean, unless the follow-up itself says it: "Did Smith say he came?"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from qa.conversation.rules import antecedents
from qa.conversation.rules.antecedents import Turn, singular
from qa.conversation.rules.phrases import Parts, Phrase, is_many, parse
from qa.conversation.rules.tokens import (
    AUXILIARIES,
    DETERMINERS,
    DO,
    PLACES,
    PREPOSITIONS,
    Token,
    is_name,
    is_plural,
    tokens,
    words,
)

Meaning = Callable[[Sequence[Turn]], str]
_MEANINGS: dict[str, Meaning] = {
    **dict.fromkeys(("he", "him", "his", "she", "her"), antecedents.person),
    **dict.fromkeys(("it", "its", "this", "that"), antecedents.thing),
    **dict.fromkeys(("they", "them", "their", "these", "those"), antecedents.things),
}
_POSSESSIVE = words("his her its their")
_CLAUSE = words(
    "if when while because that whether before after until although though so since and but or where who which as "
    "than to"
)
_EXPLETIVE = re.compile(
    r"\bit (?:\w+ )?(?:rain|snow|hail|freeze|thunder)"
    r"|\b(?:is|was|isn't|wasn't|be) it (?:not )?(?!\w+ed\b|made\b|built\b)\w+ (?:\w+ )?"
    r"(?:to|that|if|whether|who|for|when)\b"
    r"|\bit (?:take|cost|mean|matter|feel|need)s? .*\bto\b|\bit took\b.*\bto\b"
    r"|\bwhat (?:time|day|date) is it\b|\bis it worth\b|\bhow far is it from .* to\b"
    r"|\bit (?:just |only )?because\b"
    r"|\bit (?:is|was) (?:not )?\w+ (?:to|that|if|whether|who)\b|\bhow is it that\b|\bis it like to\b|\bit says\b"
    r"|\bwhere does it say\b"
)
_OWN = words(
    "document text file book page paper report article library program folder chat app site question answer way kind "
    "sort type case"
)
_MOMENTS = words("year day date month time century moment week")
_AREAS = words("city town place country village region state area continent port island site capital province")
_BEINGS = words("man woman person guy author lady king queen minister president scientist emperor general")
_ORDINALS = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth last next other another which each same only"
)
_LOCATED = words("is are was were be been will would can could exist exists has have isn't aren't wasn't weren't")


def resolved(body: str, turns: Sequence[Turn]) -> str:
    """``body`` with each pronoun that points outside it replaced; the same when there is none, or nothing is meant."""
    listed, parts = tokens(body), parse(body)
    changes: list[tuple[int, int, str]] = []
    said: set[object] = set()
    for number, token in enumerate(listed):
        change, key = _change(body, listed, parts, number, turns, said)
        if change is not None and key not in said and (not changes or changes[-1][1] <= token.start):
            said.add(key)  # "Did he like his job?": the second one is clear once the first is
            changes.append(change)
    for start, end, text in reversed(changes):
        body = body[:start] + text + body[end:]
    return body


Change = tuple[int, int, str] | None


def _change(
    body: str, listed: Sequence[Token], parts: Parts, number: int, turns: Sequence[Turn], said: set[object]
) -> tuple[Change, object]:
    """Which place becomes what, and whom that names: a second pronoun of the same needs nothing."""
    token = listed[number]
    if token.word in ("one", "ones"):
        return _one(listed, parts, number, turns), "one"
    if token.word == "there":
        return _there(listed, parts, number, turns), "there"
    if token.word == "then":
        return _then(listed, number, turns), "then"
    if token.word in ("this", "that", "these", "those"):
        found = _pointing(listed, parts, number, turns)
        if found or not _points_alone(listed, number):
            return found, "this"
    meaning = _MEANINGS.get(token.word)
    if meaning is None or (token.word == "it" and _EXPLETIVE.search(body.lower())):
        return None, None
    if meaning in said or _inside(listed, parts, number):
        return None, None
    acts = token.word == "it" and number > 0 and listed[number - 1].word in DO
    name = antecedents.thing(turns, acts=True) if acts else meaning(turns)
    if not name or name in said:  # "What did he say about it?": these are two
        return None, None
    said.add(name)
    return _named(listed, parts, number, name, body), meaning


def _named(listed: Sequence[Token], parts: Parts, number: int, name: str, body: str) -> Change:
    """The name in the pronoun's place: "his" becomes "Strauss's", "of them" "of the moons", "are they" "is Russia"."""
    token = listed[number]
    owned = next((phrase for phrase in parts.phrases if phrase.start == token.start and phrase.end > token.end), None)
    if token.word in _POSSESSIVE and (owned or token.word != "her"):
        if owned and (" of " in name or len(name.split()) > 4):
            return owned.start, owned.end, f"the {body[token.end : owned.end].strip()} of {name}"
        return token.start, token.end, f"{name}{_genitive(name)}"
    before = listed[number - 1] if number else None
    bare = name.split()[0].lower() not in DETERMINERS and not is_name(name)
    if before and before.word == "of" and bare and is_many(name):
        name = f"the {name}"
    one = {"are": "is", "were": "was", "do": "does", "have": "has"}.get(before.word) if before else None
    if before and one and token.word in ("they", "these", "those") and not is_many(name):
        return before.start, token.end, f"{one} {name}"
    return token.start, token.end, name


def _genitive(name: str) -> str:
    return "'" if re.search(r"[a-z]s$", name) and not name.split()[-1][0].isupper() else "'s"


def _inside(listed: Sequence[Token], parts: Parts, number: int) -> bool:
    """Whether the question itself names what the pronoun may mean, before it."""
    token = listed[number]
    word = token.word
    before = [phrase for phrase in parts.phrases if phrase.end <= token.start and phrase.kind != "time"]
    before = [phrase for phrase in before if not _holds_it(phrase, listed, number)]
    subject = bool(number) and listed[number - 1].end == parts.rest and parts.auxiliary != ""
    if subject and parts.asks:  # "How much notice did they give": what is asked for is not its subject
        return False
    if word in ("it", "its", "this", "that"):
        before = [phrase for phrase in before if _may_be_one(phrase)]
    if word in ("he", "him", "his", "she", "her"):
        before = [p for p in before if _may_be_one(p) and p.role != "asked" and (p.article or p.kind == "name")]
    if word in ("they", "them", "their"):
        before = [p for p in before if p.plural or p.kind == "name" or p.role == "asked" or p.article]
        if word == "their" and parts.asks == "who" and not parts.auxiliary:
            return True  # "Who lost their life?"
    linked = any(each.word in _CLAUSE or each.sign for each in listed[1:number])
    moves = number + 1 < len(listed) and (listed[number + 1].word in AUXILIARIES | {"to"} or listed[number + 1].verb)
    if word not in _POSSESSIVE and not linked and not moves:
        return False  # "What did Russia say about it?", "How many people in Europe use it?"
    return bool(before)


def _may_be_one(phrase: Phrase) -> bool:
    """Whether it may be a singular: "the tenant moves" may well be a tenant and a verb."""
    return not phrase.plural or (bool(phrase.article) and len(phrase.text.split()) > 2 and " and " not in phrase.text)


def _holds_it(phrase: Phrase, listed: Sequence[Token], number: int) -> bool:
    """Whether the pronoun hangs on the phrase: "the house of his father"."""
    last = listed[number - 1] if number else None
    return bool(last and last.word in ("of",) and phrase.end <= last.start and last.start - phrase.end <= 1)


def _points_alone(listed: Sequence[Token], number: int) -> bool:
    """Whether "that" stands for a thing, not before its noun and not as a conjunction: "What does that mean?"."""
    before = listed[number - 1].word if number else ""
    after = listed[number + 1] if number + 1 < len(listed) else None
    if before not in AUXILIARIES and before not in PREPOSITIONS:
        return False
    return (
        after is None
        or after.sign
        or after.verb
        or after.word in AUXILIARIES | DETERMINERS - {"that"}
        or (
            after.text.islower()
            and number + 2 == len(listed) - 1
            and before in ("does", "did", "do", "is", "was", "are")
            and after.word not in _OWN | {"about"}
            and not is_plural(after.word)
        )
    )


def _pointing(listed: Sequence[Token], parts: Parts, number: int, turns: Sequence[Turn]) -> Change:
    """ "That year", "this treaty", "these ships", "after that"."""
    token = listed[number]
    before = listed[number - 1] if number else None
    phrase = next((each for each in parts.phrases if each.start == token.start and each.end > token.end), None)
    if phrase is None:
        ends = all(each.sign for each in listed[number + 1 :])
        if (
            before
            and before.word in ("after", "before", "since", "until")
            and ends
            and (moment := antecedents.time(turns))
        ):
            return token.start, token.end, re.sub(r"^(?:in|on) ", "", moment)
        return None
    head = phrase.text.split()[-1].lower()
    if head in _MOMENTS and (moment := antecedents.time(turns)):
        start = phrase.before_start if phrase.before in ("in", "on", "at", "during") else phrase.start
        year = re.search(r"\b\d{4}\b", moment) if head == "year" else None
        return start, phrase.end, f"in {year[0]}" if year else moment
    if head in _OWN or (token.word == "that" and before and not before.breaks):
        return None  # "the river that flows"
    name = ""
    if head in _AREAS:
        name = re.sub(r"^\w+ ", "", antecedents.place(turns))
    elif head in _BEINGS:
        name = antecedents.person(turns)
    name = name or antecedents.named_as(turns, head)
    return (phrase.start, phrase.end, name) if name else None


def _there(listed: Sequence[Token], parts: Parts, number: int, turns: Sequence[Turn]) -> Change:
    """ "Who did he meet there?"; not "Is there a limit?"."""
    near = {each.word for each in (*listed[max(number - 1, 0) : number], *listed[number + 1 : number + 2])}
    token = listed[number]
    placed = any(p.before in PLACES and p.kind != "time" and p.end <= token.start for p in parts.phrases)
    if near & _LOCATED or near & {"over", "up", "down"} or placed or number == 0 or len(listed) < 4:
        return None
    where = antecedents.place(turns)
    if where and listed[number - 1].word in PREPOSITIONS:
        where = where.split(" ", 1)[1]
    return (token.start, token.end, where) if where else None


def _then(listed: Sequence[Token], number: int, turns: Sequence[Turn]) -> Change:
    """ "Who was king then?"; nothing where the turn before has no time."""
    token = listed[number]
    if number == 0 or not all(each.sign for each in listed[number + 1 :]) or listed[number - 1].word in ("what", "who"):
        return None
    start = listed[number - 1].start if listed[number - 1].word == "back" else token.start
    moment = antecedents.time(turns)
    return (start, token.end, moment) if moment else None


def _one(listed: Sequence[Token], parts: Parts, number: int, turns: Sequence[Turn]) -> Change:
    """ "Which one is the largest?", "her first one"; not "one litre", "no one" or "one of the moons"."""
    token = listed[number]
    after = listed[number + 1] if number + 1 < len(listed) else None
    before = listed[number - 1] if number else None
    led = before and (before.word in _ORDINALS | {"the", "this", "that"} or before.word.endswith("est"))
    described = before and number > 1 and not before.breaks and listed[number - 2].word in DETERMINERS
    if (
        not (led or described)
        or (after and not (after.sign or after.breaks or after.word.endswith("s")))
        or (after and after.word in ("of", "who", "that", "before", "after"))
    ):
        return None
    said = [p for p in parts.phrases if p.kind == "noun" and p.end <= token.start and p.role != "asked"]
    if any(phrase.end < token.start - 1 for phrase in said):
        return None
    name = antecedents.noun(turns)
    if not name:
        return None
    head, _, rest = name.partition(" of ")
    if token.word == "one":
        head = " ".join([*head.split()[:-1], singular(head.split()[-1])])
    return token.start, token.end, f"{head} of {rest}" if rest else head
