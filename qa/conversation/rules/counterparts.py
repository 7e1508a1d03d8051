"""Which part of a question another takes the place of: "Mars" and Saturn, "the length" and the width."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.conversation.rules.phrases import Parts, Phrase
from qa.conversation.rules.tokens import is_name, is_plural, words

_OWNER = re.compile(r"\b((?:[A-Z][\w.-]* )*[A-Z][\w.-]*)['’]s(?= )")
ATTRIBUTES = words(
    "mass weight height length depth width size area population capital price cost age speed temperature diameter "
    "volume distance duration name number address author date colour color gravity pressure value"
)
"""What a thing has one of: one is asked for instead of another, never instead of the thing."""
_RATES = words("day month year week minute hour second litre kilogram")


def counterpart(parts: Parts, part: str) -> tuple[int, int] | None:
    """The place in the question that ``part`` takes: what shares a word with it, else what is of its kind."""
    listed = part.lower().split()
    owners = [(m.start(1), m.end(1)) for m in _OWNER.finditer(parts.text)]
    if re.search(r"['’]s$", part) and owners:
        return owners[0][0], owners[0][1] + len("'s")
    for each in parts.phrases:
        own = parts.text[each.start : _end(parts, each, part)].lower().split()
        if (place := like(each, part)) is not None:
            return place
        if len(listed) > 1 and len(own) > 1 and listed != own and _alike(listed, own):
            return each.start, _end(parts, each, part)
    if is_name(part):
        named = [
            (_article(part) != each.article, each.start, _end(parts, each, part))
            for each in parts.phrases
            if each.kind == "name" and each.before != "between"
        ]
        named += [(_article(part) != "", start, end) for start, end in owners]
        subject = parts.subject.start if parts.subject else -1
        named.sort(key=lambda each: (each[0], each[1] != subject))
        return named[0][1:] if named else None
    return _noun_counterpart(parts, part)


def _noun_counterpart(parts: Parts, part: str) -> tuple[int, int] | None:
    """For a part that is no name: the noun nearest in number and article, rather behind than before."""
    head = part.split()[-1].lower()
    fitting = [each for each in reversed(parts.phrases) if each.kind == "noun" and not _is_rate(each)]
    fitting = [each for each in fitting if not (_article(part) and _chosen_from(parts, each))]
    if head in ATTRIBUTES:
        fitting = [each for each in fitting if each.text.split()[-1].lower() in ATTRIBUTES]
    elif not fitting and len(part.split()) <= 3:
        fitting = [each for each in parts.phrases if each.kind == "name"]

    def distance(each: Phrase) -> tuple[float, bool]:
        definite = (_article(part) == "the") != (each.article == "the")
        number = is_plural(head) != each.plural
        counted = is_plural(head) and each.plural and each.role == "asked" and not _article(part)
        return 2 * number + 2 * definite + 0.5 * (each.role == "asked") - 4 * counted, _article(part) != each.article

    if not fitting:
        return None
    best = min(fitting, key=distance)
    return best.start, _end(parts, best, part)


def _end(parts: Parts, phrase: Phrase, part: str) -> int:
    """Where the phrase ends that is replaced: "the battle of Bosworth" takes the place of "the battle of Hastings"."""
    whole = phrase.article == "a" or " of " in part
    return parts.whole(parts.phrases.index(phrase)).end if whole else phrase.end


def like(phrase: Phrase, part: str) -> tuple[int, int] | None:
    """Which words of ``phrase`` are like ``part``, where there are more: "*25 mm* road tyres" and "28 mm"."""
    own, new = list(re.finditer(r"\S+", phrase.text)), part.lower().split()
    if not len(new) < len(own) or new[0] in ("the", "a", "an"):
        return None
    if len(new) == 1:  # "3.0.0" for "version *2.0.0*"
        numbers = [each for each in own if each[0][0].isdigit() and new[0][0].isdigit()]
        return (phrase.start + numbers[-1].start(), phrase.start + numbers[-1].end()) if numbers else None
    for first in range(len(own) - len(new) + 1):
        last = first + len(new) - 1
        if own[first][0].lower() == new[0] or own[last][0].lower() == new[-1]:
            return phrase.start + own[first].start(), phrase.start + own[last].end()
    return None


def _alike(part: Sequence[str], own: Sequence[str]) -> bool:
    """Whether both begin or end with the same word, articles aside: "Apollo 15" and "Apollo 17"."""
    articles = ("the", "a", "an")
    left = [word for word in part if word not in articles]
    right = [word for word in own if word not in articles]
    return len(left) > 1 and len(right) > 1 and (left[0] == right[0] or left[-1] == right[-1])


def _chosen_from(parts: Parts, phrase: Phrase) -> bool:
    """Whether one of these is asked for: "which planets"."""
    return phrase.role == "asked" and parts.asks.split()[-1] in ("what", "which")


def _article(part: str) -> str:
    first = part.split()[0].lower()
    return {"an": "a"}.get(first, first) if first in ("a", "an", "the") else ""


def _is_rate(phrase: Phrase) -> bool:
    return phrase.article == "a" and phrase.text.split()[-1].lower() in _RATES
