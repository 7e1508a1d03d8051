"""The noun phrases of an English question, told by its small words: no grammar, no model, right often enough for a
follow-up that is shown and can be edited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from qa.conversation.rules.tokens import (
    AUXILIARIES,
    BE,
    DETERMINERS,
    DO,
    HANGING,
    MODALS,
    ORDERS,
    PAST,
    PLACES,
    PREPOSITIONS,
    PRONOUNS,
    SMALL,
    Token,
    is_name,
    is_plural,
    is_time,
    is_verb,
    tokens,
)

Kind = Literal["name", "time", "noun"]
Role = Literal["asked", "subject", "other"]
_HANGING = re.compile(rf"\s(?:of|{'|'.join(sorted(PLACES | HANGING))})\s")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase without its preposition: ``text == question[start:end]``."""

    start: int
    end: int
    text: str
    kind: Kind
    """``name``: every word is a name or number, but for its article; ``time``: it has a year or a month."""
    role: Role = "other"
    """``asked``: the noun of "which …" or "how many …"; ``subject``: what follows the auxiliary."""
    before: str = ""
    """The preposition that it hangs on, in small letters."""
    before_start: int = 0
    """Where that preposition begins; ``start`` when there is none."""

    @property
    def article(self) -> str:
        """``a``, ``the``, another determiner, or nothing."""
        first = self.text.split()[0].lower()
        return "a" if first == "an" else first if first in DETERMINERS else ""

    @property
    def plural(self) -> bool:
        """By its first noun's ending, or by an "and"."""
        head = _HANGING.split(self.text)[0]
        return " and " in head or (self.kind != "name" and is_plural(head.split()[-1]))


@dataclass(frozen=True, slots=True)
class Parts:
    """A question taken apart."""

    text: str
    asks: str
    """Its question word or words in small letters, such as ``how many``, ``when`` or ``tell me``; empty for a yes-or-no
    question."""
    auxiliary: str
    """In small letters; empty when the question word is the subject."""
    rest: int
    """Where what follows the auxiliary, or else the question word, begins."""
    predicate: bool
    """Something that is no noun phrase of the subject follows it, as in "When was the tower *built*?"."""
    phrases: tuple[Phrase, ...]

    @property
    def ordered(self) -> bool:
        """Whether it is no question but an order: "List the locks"."""
        return self.asks.split()[:1] != [] and self.asks.split()[0] in ORDERS

    @property
    def subject(self) -> Phrase | None:
        """What follows the auxiliary, with all that hangs on it by "of" and the place that it is in."""
        for number, phrase in enumerate(self.phrases):
            if phrase.role == "subject":
                return self.whole(number)
        return None

    def whole(self, number: int) -> Phrase:
        """The phrase of this number with those that hang on it by "of"; on a noun also by "for" or by a named place."""
        first = last = self.phrases[number]
        for phrase in self.phrases[number + 1 :]:
            place = phrase.before in PLACES and phrase.kind == "name"
            hangs = phrase.before == "of" or (first.kind == "noun" and (place or phrase.before in HANGING))
            if self.text[last.end : phrase.before_start].strip() or not hangs:
                break
            last = phrase
        return replace(first, end=last.end, text=self.text[first.start : last.end])


_ASKS = re.compile(
    r"(?:(?:in|at|on|for|to|of|by|from|with|under|after|before|since|until|into|about) )?"
    r"(?:how (?:many|much|long|often|far|old|tall|high|wide|deep|large|big|fast|heavy|hot|cold)"
    r"|how \w+(?= (?:is|are|was|were|do|does|did)\b)|how|(?:what|which|whose)|who|whom|when|where|why)(?: exactly)?\b"
    rf"|(?:{'|'.join(sorted(ORDERS))})\b(?: me)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def parse(text: str) -> Parts:
    """A question's parts; of any other text the noun phrases."""
    listed = tokens(text)
    match = _ASKS.match(text)
    asks = match[0].lower() if match else ""
    first = sum(token.start < len(asks) for token in listed)
    place = _auxiliary(listed, first, asks)
    auxiliary = "" if place is None else listed[place].word
    rest = first if place is None else place + 1
    noun_asked = asks.split()[-1:] in (["what"], ["which"], ["whose"], ["many"], ["much"]) and place != first
    roles: dict[int, Role] = {rest: "subject"} if place is not None else {}
    if (
        noun_asked
        and auxiliary in BE
        and rest < len(listed)
        and listed[rest].text.islower()
        and listed[rest].word not in DETERMINERS
    ):
        roles = {}  # "How much caffeine is safe": what is asked for is the subject
    roles |= {first: "asked"} if noun_asked else {}
    if asks == "who" and place is None:
        first += 1  # "Who registered": the verb, whichever it is
    chunks = _chunks(listed, first, roles, asks, auxiliary)
    phrases = _together(text, [_phrase(text, chunk, listed, roles) for chunk in chunks])
    start = listed[rest - 1].end if rest else 0
    parts = Parts(text, asks, auxiliary, start, False, phrases)
    behind = parts.subject.end if parts.subject else start
    return replace(parts, predicate=bool(text[behind:].strip(" ?!.")))


def is_many(name: str) -> bool:
    """Whether a noun phrase is a plural."""
    phrases = parse(name).phrases
    return " and " in _HANGING.split(name)[0] or bool(phrases and phrases[0].plural)


def _auxiliary(listed: Sequence[Token], first: int, asked: str) -> int | None:
    """Where the auxiliary stands that the subject follows: at once, or behind the noun asked for."""
    for number, token in enumerate(listed[first:], first):
        if token.word in AUXILIARIES:
            return None if asked in ("which", "who") and token.word in ("has", "have", "had") else number
        if not asked or asked.split()[0] in ORDERS or (token.breaks and token.word != "of"):
            return None
    return None


Chunk = tuple[int, int]
"""First token, and the one behind the last."""


def _chunks(listed: Sequence[Token], first: int, roles: dict[int, Role], asks: str, auxiliary: str) -> list[Chunk]:
    """Runs of words that nothing parts, each cut where a verb that is in no list must begin."""
    found: list[Chunk] = []
    start = first
    verb = next((place + 1 for place, role in roles.items() if role == "subject"), 0) if auxiliary in DO | MODALS else 0
    if not (verb and verb < len(listed) and listed[verb - 1].word in PRONOUNS):
        verb = -1  # "How do I *reset* it?": no noun, whichever verb it is
    for number in range(first, len(listed) + 1):
        breaks = number in (verb, len(listed)) or _breaks(listed, first, number)
        acts = not breaks and number > start and roles.get(start) == "subject" and _acts(listed, start, number)
        acts = acts or (number > start and roles.get(start) == "asked" and not auxiliary and _does(listed, number))
        if not (breaks or acts or (number > start and not _goes_on(listed, start, number))):
            continue
        if number > start and not (number == start + 1 and listed[start].word in DETERMINERS):
            found.append((start, number))
        start = number + 1 if breaks or acts else number
    return _cut(listed, found, roles, asks, auxiliary)


def _breaks(listed: Sequence[Token], first: int, number: int) -> bool:
    """As ``Token.breaks``, but behind an article or a genitive a word is no verb: "the *last* leap second"."""
    token, before = listed[number], listed[number - 1] if number > first else None
    if before and (before.word in DETERMINERS or before.word.endswith("'s")):
        return token.sign or token.word in PRONOUNS | PREPOSITIONS | AUXILIARIES
    if token.text == "I" and before and before.text[0].isupper() and before.word not in SMALL:
        return False  # a Roman number
    trailing = token.word == "first" and number + 1 < len(listed) and listed[number + 1].verb
    return token.breaks or trailing


def _goes_on(listed: Sequence[Token], start: int, number: int) -> bool:
    """Whether the word belongs to the phrase before it: no article, no number or name behind a bare noun."""
    token, before = listed[number], listed[number - 1]
    if token.word in DETERMINERS:
        return False
    if token.text[0].isdigit() and before.text.islower():
        return before.word in DETERMINERS or not is_time(token.text)  # "version 3", but not "notice period 2013"
    if is_time(before.text) and token.text.islower():
        return False
    bare = all(each.text.islower() for each in listed[start:number]) and listed[start].word not in DETERMINERS
    return not (bare and token.text[0].isupper())


def _acts(listed: Sequence[Token], start: int, number: int) -> bool:
    """Whether a small word behind a name is its verb: "did Russia *launch*", but not "an SQLite *table* have"."""
    name, following = listed[number - 1].text, listed[number + 1 : number + 2]
    if not listed[number].text.islower() or not name[0].isupper() or name.endswith(("'s", "’s")):
        return False
    if re.search(r"(?:an|ish|ese|ic|ch)$", name):
        return False
    return not (following and (following[0].verb or following[0].word in AUXILIARIES))


def _does(listed: Sequence[Token], number: int) -> bool:
    """Whether a verb goes with the singular noun before it: "Which section *describes* …"."""
    word = listed[number].word if number < len(listed) else ""
    base = word.removesuffix("s"), word.removesuffix("es")
    return word.endswith("s") and not is_plural(listed[number - 1].word) and any(is_verb(each) for each in base)


def _cut(listed: Sequence[Token], found: list[Chunk], roles: dict[int, Role], asks: str, auxiliary: str) -> list[Chunk]:
    """Without the verb or adjective at the end of the subject: "does the first crack *happen*"."""
    last_of_subject = None
    for number, (start, _) in enumerate(found):
        behind = last_of_subject == number - 1 and listed[start - 1].word == "of"
        if roles.get(start) == "subject" or behind:
            last_of_subject = number
    hidden = auxiliary in DO | MODALS or (auxiliary in BE and asks in ("", "why", "how"))
    chunks = []
    for number, (start, end) in enumerate(found):
        subject = number == last_of_subject and hidden
        asked = roles.get(start) == "asked" and not auxiliary
        closed = end < len(listed) and (listed[end].verb or listed[end].word in AUXILIARIES | {"of"})
        if subject and auxiliary in BE:
            closed = closed or not (end == len(listed) or listed[end].sign or listed[end].word in PREPOSITIONS)
        named = not listed[end - 1].text.islower()
        long = end - start > 1 + (listed[start].word in DETERMINERS) or (subject and start not in roles)
        if (subject or asked) and not closed and not named and long:
            end -= 1
        quality = end == start + 1 and start not in roles and listed[start].text.islower() and start > 0
        if quality and (listed[start - 1].word in AUXILIARIES or PAST.fullmatch(listed[start - 1].word)):
            continue  # "is considered *safe*"
        if end > start:
            chunks.append((start, end))
    return chunks


def _phrase(text: str, chunk: Chunk, listed: Sequence[Token], roles: dict[int, Role]) -> Phrase:
    start, end = listed[chunk[0]].start, listed[chunk[1] - 1].end
    inner = text[start:end]
    kind: Kind = "time" if is_time(inner) else "name" if is_name(inner) else "noun"
    before, before_start = "", start
    if chunk[0] and listed[chunk[0] - 1].word in PREPOSITIONS:
        before, before_start = listed[chunk[0] - 1].word, listed[chunk[0] - 1].start
        if chunk[0] > 1 and listed[chunk[0] - 2].word == "according":
            before, before_start = "according to", listed[chunk[0] - 2].start
    return Phrase(start, end, inner, kind, roles.get(chunk[0], "other"), before, before_start)


def _together(text: str, phrases: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """With names or times that "and" joins as one: "Russia and China", "between 1955 and 1958"."""
    joined: list[Phrase] = []
    for phrase in phrases:
        last = joined[-1] if joined else None
        between = text[last.end : phrase.start].strip().lower() if last else ""
        if last and between in ("and", "or", "&") and last.kind == phrase.kind != "noun":
            joined[-1] = replace(last, end=phrase.end, text=text[last.start : phrase.end])
        else:
            joined.append(phrase)
    return tuple(joined)
