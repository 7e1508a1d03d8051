"""Questions that leave out what the one before them said: "and in 2013?", "what about Saturn?", "why?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.conversation.rules.antecedents import Turn, added, answer_names, noun, plain, singular, thing, with_preposition
from qa.conversation.rules.counterparts import ATTRIBUTES, counterpart, like
from qa.conversation.rules.phrases import Parts, is_many, parse
from qa.conversation.rules.tokens import (
    AUXILIARIES,
    DETERMINERS,
    ORDERS,
    PLACES,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    is_name,
    is_time,
    tokens,
    words,
)

_MOST_WORDS = 8
"""Longer ones say enough themselves."""
_POINT = r"(?:in|at|on) (?:what|which) (?:year|day|date|month|time|place|city|country|century)"
_PREPOSITION = r"(?:about|after|against|at|before|by|for|from|in|of|on|since|to|under|until|with)"
_BARE = re.compile(
    r"(?P<asks>why(?: not| so| exactly)?|how come|how(?: so| exactly)?|when(?: exactly)?|where(?: exactly| to| from)?"
    r"|who(?: by| with| exactly)?|whom|what for"
    rf"|(?:{_PREPOSITION} )?how (?:many|much|long|often|far|old|fast)(?: exactly)?"
    rf"|{_PREPOSITION} (?:whom|what|when|where|(?:what|which) \w+(?: \w+)?)"
    r"|(?:before|after|since|until) (?:that|then)"
    r"|(?:what|which) (?:year|day|date|month|time|place|country))"
    r"(?: (?:is|was|were) (?:that|this|so)| did (?:that|this|it) happen"
    r"| (?:does|do|did) (?:he|she|it|they) do (?:that|this|it|so))?[ ?!.]*",
    re.IGNORECASE,
)
_ABROAD = {
    "und": re.compile(r"(?:warum|wieso|weshalb|wann|wo|wer|wie|wie viele?|wozu|seit wann)[ ?]*", re.IGNORECASE),
    "et": re.compile(r"(?:pourquoi|quand|où|qui|comment|combien|depuis quand)[ ?]*", re.IGNORECASE),
    "y": re.compile(r"¿?(?:por qué|cuándo|dónde|quién|cómo|cuánt[oa]s?)[ ?]*", re.IGNORECASE),
}
_SWAPPED = re.compile(rf"(?:(?:why|how|(?:since |until )?when|where)(?: exactly)?|{_POINT})", re.IGNORECASE)
_PASSIVE = re.compile(
    r"\b(?:is|was|are|were|be|been)\b.*\b(?:\w+ed|built|made|found|written|sent|sold|shot|won|held)\b"
)
_ABOUT = re.compile(r"¿?(?:(?:what|how) about|what of|(?:the )?same (?:question )?(?:for|about))\s+", re.IGNORECASE)
_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\d+(?:st|nd|rd|th))\b"
)
_RANKS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_SUPERLATIVE = re.compile(r"\b(?:[a-z]{2,}est|(?:most|least) [a-z]+|best|worst)\b")
_POINTING = words("this that these those his her its their")
_ADVERBS = words(
    "abroad overseas online outside inside worldwide later afterwards before earlier nowadays today now once"
)


def asked_again(body: str, turn: Turn) -> str | None:
    """A bare question word put to the question before: "When was the dam built?", "why?" → "Why was the dam built?";
    where it does not fit, behind it: "Who built the dam, and when?"."""
    stem = plain(turn.question)
    for joined, pattern in _ABROAD.items():
        if pattern.fullmatch(body):
            return f"{stem}, {joined} {body.strip('¿?. ').lower()}?"
    match = _BARE.fullmatch(body)
    if match is None:
        return None
    asks = match["asks"].lower()
    asks = {"how come": "why", "how so": "how", "why so": "why"}.get(asks, asks).replace(" then", " that")
    parts = parse(stem)
    where_it_fits = parts.predicate and (not parts.asks or _SWAPPED.fullmatch(parts.asks))
    if _SWAPPED.fullmatch(asks) and parts.auxiliary and where_it_fits:
        return f"{asks} {parts.auxiliary}{stem[parts.rest :]}?"
    if asks.startswith("who") and _PASSIVE.search(stem):
        asks = "by whom"
    return f"{stem}, and {asks}?"


def abroad(body: str, turn: Turn) -> str | None:
    """An ellipsis in another language, where it needs no grammar: a year for a year, "in Wien" for "in Graz", a name
    for the last name: "Combien de lunes a Mars ?", "et Saturne ?"."""
    part, question = body.strip("¿?!., "), plain(turn.question)
    if not part or len(part.split()) > 4:
        return None
    name = r"(?:[^\W\d_a-zß-ÿ][\w-]*|\d+)"
    first = re.escape(part.split()[0])
    patterns = [rf"\b{first}(?: {name})+", rf"(?<=\s)[^\W\d_a-zß-ÿ][\w-]*(?: {name})*"]
    if re.fullmatch(r"(?:\w+ )?\d{4}", part):
        patterns = [r"\b\d{4}\b" if part.isdigit() else rf"\b{first} \d{{4}}\b"]
    elif len(part.split()) > 1:
        patterns = patterns[:1]
    elif not part[0].isupper():
        return None
    for pattern in patterns:
        if found := list(re.finditer(pattern, question)):
            return f"{question[: found[-1].start()]}{part}{question[found[-1].end() :]}?"
    return None


def shortened(body: str, led: bool, turns: Sequence[Turn]) -> str | None:
    """A part put in the place of its counterpart in the question before, or behind that: "How many moons does Mars
    have?", "and Saturn?" → "How many moons does Saturn have?". ``led``: "and" or the like stood before."""
    about = _ABOUT.match(body)
    part = (body[about.end() :] if about else body).strip("¿?!., ")
    part = re.sub(rf"^the ones? (?={_PREPOSITION} )", "", part)  # "the one in 2010"
    parts = parse(plain(turns[-1].question))
    if part.split() and part.split()[0].lower() in PREPOSITIONS | DETERMINERS | {"according"}:
        part = part[0].lower() + part[1:]
    if parts.asks and (same := re.match(rf"{re.escape(parts.asks)}\s+(?={'|'.join(PREPOSITIONS)}|according)", part)):
        part, led = part[same.end() :], True  # "how many in 2012?"
    if not part or len(part.split()) > _MOST_WORDS or not _is_part(part):
        return None
    if (ranked := _which_one(part, parts, turns)) is not None:
        return ranked or None
    if not (led or about):
        prepositional = part.split()[0].lower() in PREPOSITIONS and len(part.split()) <= 5
        named = is_name(part) and any(
            each.kind == "name" and _shape(each.text) == _shape(part) for each in parts.phrases
        )
        if not body.endswith("?") or not (prepositional or named):
            return None
    if not (parts.asks or parts.auxiliary) and not is_time(part) and part.split()[0].lower() not in PREPOSITIONS:
        return None  # after mere keywords a part is keywords, too
    found = _replaced(parts, part, turns[-1])
    when = is_time(part) or part.split()[0].lower() in PREPOSITIONS
    return found if found is None or when else found[:-1] + added(turns[-1].question) + found[-1:]


def _shape(name: str) -> list[bool]:
    """Word by word, whether it is a number."""
    return [word[0].isdigit() for word in name.split()]


def _is_part(part: str) -> bool:
    """Whether it has no verb and no pronoun, else it is a question of its own; and is more than "then"."""
    listed = tokens(part)
    if re.search(r"[^\w\s.,;:'’&%°$€£/()+-]", part):
        return False
    alone = AUXILIARIES | QUESTION_WORDS | _POINTING | PRONOUNS - {"one", "ones"}
    orders = ORDERS | words("say thanks thank yes no")
    if len(listed) == 1 and listed[0].breaks and listed[0].word not in _ADVERBS:
        return False
    if re.match(r"the \w+ (?:before|after)\b", part.lower()):
        return False
    verb = any(token.verb for token in listed[:1] if not is_time(part))
    return not (listed[0].word in orders or verb or any(token.word in alone for token in listed))


def _which_one(part: str, parts: Parts, turns: Sequence[Turn]) -> str | None:
    """The ordinal or superlative of the question changed: "the second one?", "the largest?"; without one in it the name
    of this number in the answer, else "What about the second lock?". Nothing when it tells no rank; empty when it tells
    one of what was not said."""
    match = re.fullmatch(r"(?:the )?(?P<rank>(?:most |least )?\S+?)(?: (?P<what>\w+))?", part.lower())
    pattern = next((each for each in (_ORDINAL, _SUPERLATIVE) if match and each.fullmatch(match["rank"])), None)
    if match is None or pattern is None:
        return None
    what, name = match["what"] or "ones", noun(turns)
    head, _, rest = name.partition(" of ")
    single = " ".join([*head.split()[:-1], singular(head.split()[-1])]) if head else ""
    if what not in ("one", "ones") and (pattern.search(parts.text) or single.split()[-1:] != [singular(what)]):
        return None
    if found := pattern.search(parts.text):
        return f"{parts.text[: found.start()]}{match['rank']}{parts.text[found.end() :]}?"
    names = answer_names(turns[-1])
    if pattern is _ORDINAL and names and (rank := _RANKS.get(match["rank"], len(names))) < len(names):
        return f"What about {names[rank]}?"
    return f"What about the {match['rank']} {single}{' of ' + rest if rest else ''}?" if name else ""


def _replaced(parts: Parts, part: str, turn: Turn) -> str | None:
    """The question with ``part`` in it."""
    first = part.split()[0].lower()
    preposition = "according to" if part.lower().startswith("according to") else first if first in PREPOSITIONS else ""
    if is_time(part):
        moments = [phrase for phrase in parts.phrases if phrase.kind == "time"]
        if moments:
            year = re.search(r"\b\d{4}$", moments[-1].text)
            if year and not re.search(r"\d{4}|(?:last|this|next) ", part):
                part = f"{part} {year[0]}"  # "in June 2012", "and in July?"
            whole = preposition or re.match(r"(?:last|this|next|yesterday|today)\b", part)
            return _put(parts, moments[-1].before_start if whole else moments[-1].start, moments[-1].end, part)
        return f"{parts.text} {part if preposition else with_preposition(part)}?"
    if preposition:
        return _prepositional(parts, part, preposition)
    if part.lower() in _ADVERBS:
        return f"{parts.text} {part}?"
    if (place := counterpart(parts, part)) is not None:
        return _agreeing(parts, place, part)
    topic = thing([turn])
    if part.split()[-1].lower() in ATTRIBUTES and topic:
        return f"What about {part} of {topic}?"
    if parts.ordered:
        return None
    return f"What about {part}: {parts.text[:1].lower()}{parts.text[1:]}?"


def _prepositional(parts: Parts, part: str, preposition: str) -> str:
    """In the place of what hangs on the same preposition, else behind: "in Japan" for "in the United Kingdom"."""
    inner = part[len(preposition) :].strip()
    named = preposition in PLACES and is_name(inner) and not inner[0].isdigit()
    places = PLACES if preposition in PLACES and not named else frozenset[str]()  # "on the balcony", "in the hall"
    for alike in ({preposition}, {"with", "without"} if preposition in ("with", "without") else places):
        for number in reversed(range(len(parts.phrases))):
            phrase = parts.phrases[number]
            if phrase.before in alike and phrase.kind != "time" and not (named and phrase.kind == "noun"):
                if (place := like(phrase, inner)) is not None:
                    return _put(parts, *place, inner)
                return _put(parts, phrase.before_start, parts.whole(number).end, part)
    return f"{parts.text} {part}?"


def _agreeing(parts: Parts, place: tuple[int, int], part: str) -> str:
    """With the auxiliary before the subject in its number: "How big *are* the moons?"."""
    text = _put(parts, *place, part)
    subject = next((each for each in parts.phrases if each.role == "subject"), None)
    if subject is None or (subject.start, subject.end) != place:
        return text
    plural = is_many(part)
    pairs = {"is": "are", "was": "were", "does": "do", "has": "have", "isn't": "aren't", "doesn't": "don't"}
    pairs = pairs if plural else {many: one for one, many in pairs.items()}
    if parts.auxiliary not in pairs or plural == subject.plural:
        return text
    before = parts.text[: parts.rest - len(parts.auxiliary)]
    auxiliary = pairs[parts.auxiliary] if before else pairs[parts.auxiliary].capitalize()
    return before + auxiliary + text[parts.rest :]


def _put(parts: Parts, start: int, end: int, part: str) -> str:
    part = part[:1].upper() + part[1:] if start == 0 else part
    return f"{parts.text[:start]}{part}{parts.text[end:]}{'.' if parts.ordered else '?'}"
