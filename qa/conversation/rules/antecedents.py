"""What a pronoun of a follow-up may mean: the things, people, places and times of the turns before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from qa.conversation.rules.phrases import Parts, Phrase, parse
from qa.conversation.rules.tokens import DO, PREPOSITIONS, is_name, is_plural, is_time, words


@dataclass(frozen=True, slots=True)
class Turn:
    """One question that was asked before, and what was found."""

    question: str
    """As it was searched, standing alone."""
    answer: str
    """``Answer.short``, else the first quote; empty when nothing was found."""
    title: str
    """Title of the first cited source; empty when there is none."""


LOOK_BACK = 3
"""So many turns are looked at, the last first: what was said before is no longer meant by "it"."""

MOST_CHARS = 300
"""A longer question says itself what it is about, and a longer answer is no name."""

_AGAIN = re.compile(
    r"(?:, and (?:(?:[a-z]+ )?(?:wh|how)[^,]{1,28}|(?:before|after|since|until) that)|, (?:und|et|y) [^,]{2,30})$"
)
_SHORT = re.compile(r"\b(what|who|where|when|how|why|that|there|it)['’]s\b(?! own\b)", re.IGNORECASE)
_RATES = words("day month year week minute hour second")
_MEN = re.compile(
    r"(?:\w*(?:[^p]er|or|ist|ian|ant|man|woman)|king|queen|president|wife|husband|son|daughter|boy|girl|friend|bishop|chief"
    r"|head|child|person|captain|pope|nurse|monk|priest|prince|princess|boss|colleague)"
)
_NO_MEN = words("tower river order number power letter paper water centre center colour color year matter layer order")
_LIVES = re.compile(r"\b(?:born|die[ds]?|married|buried)\b")
_ROLES = re.compile(r"\b(?:name of|named after|invented by|written by|founded by)\b")


def plain(question: str) -> str:
    """Without its question mark, and without what "and when?" added to it; "what's" written out."""
    return _AGAIN.sub("", written_out(question).strip().rstrip("?!. "))


def written_out(question: str) -> str:
    """ "What is" for "what's"."""
    return _SHORT.sub(r"\1 is", question)


def added(question: str) -> str:
    """What "and when?" added to it: ", and when"."""
    found = _AGAIN.search(question.strip().rstrip("?!. "))
    return found[0] if found else ""


def answer_name(turn: Turn) -> str:
    """The answer when it is one name of at most six words, else nothing."""
    text = turn.answer.strip(" .,;:") if len(turn.answer) <= MOST_CHARS else ""
    short = len(text.split()) <= 6 and not re.search(r"[,;]|\band\b", text)
    return text if text and short and is_name(text) and not is_time(text) and not re.match(r"[\W\d]", text) else ""


def answer_names(turn: Turn) -> list[str]:
    """The answer when it is several names: "A, B and C"; else nothing."""
    if len(turn.answer) > MOST_CHARS or is_time(turn.answer) or turn.answer[:1].isdigit():
        return []
    listed = [each.strip(" .") for each in re.split(r",|;|\band\b", turn.answer) if each.strip(" .")]
    names = 2 <= len(listed) <= 8 and all(is_name(each) and len(each.split()) <= 5 for each in listed)
    return listed if names else []


def person(turns: Sequence[Turn]) -> str:
    """Whom "he" or "she" means: a name, else "the captain", else "the person who built it"."""
    return _first(turns, lambda turn: _named_person(turn) or _person_noun(turn) or _person_by_deed(turn))


def thing(turns: Sequence[Turn], acts: bool = False) -> str:
    """What "it" means: the name that a "which" or "what is" was answered with, else the subject, else what follows.

    ``acts``: as in "How much did it pay?", which is rather asked of one that acted before.
    """
    return _first(turns, lambda turn: _thing(turn, acts))


def things(turns: Sequence[Turn]) -> str:
    """What "they" means: several names answered, else a plural of the question, else its subject or answer."""
    return _first(turns, _things)


def place(turns: Sequence[Turn]) -> str:
    """What "there" means, with its preposition: "in Moscow"."""
    return _first(turns, _place)


def time(turns: Sequence[Turn]) -> str:
    """What "then" means, with its preposition: "in 1908"; of the last turn only."""
    return _time(turns[-1]) if turns else ""


def noun(turns: Sequence[Turn]) -> str:
    """What "one" stands for: a noun without article and superlative, such as "tributary of the Danube"."""
    return _first(turns, _noun)


def named_as(turns: Sequence[Turn], head: str) -> str:
    """The phrase of an earlier question whose noun is ``head``, as in "this treaty"; nothing when there is none."""
    for turn in reversed(turns):
        parts = parse(plain(turn.question))
        for number, phrase in enumerate(parts.phrases):
            if phrase.text.split()[-1].lower() in (head, head.rstrip("s"), head + "s"):
                return _said(parts.whole(number))
    return ""


def with_preposition(moment: str) -> str:
    """A time as it stands in a sentence: "in 1908", "on 29 July 2011", "on Mondays", "today"."""
    if moment.split()[0] in PREPOSITIONS | words("early late last this next yesterday today"):
        return moment
    return f"on {moment}" if re.match(r"\d{1,2}\b(?!\d)|\w+ \d{1,2}\b(?!\d)|\w+days?\b", moment) else f"in {moment}"


def singular(word: str) -> str:
    """A noun's singular, by its ending."""
    irregular = {"people": "person", "men": "man", "women": "woman", "children": "child", "feet": "foot"}
    if word in irregular or not is_plural(word):
        return irregular.get(word, word)
    return re.sub(r"ies$", "y", word) if word.endswith("ies") else re.sub(r"(?<=sh|ch|ss|.x)es$|s$", "", word)


def _first(turns: Sequence[Turn], look: Callable[[Turn], str]) -> str:
    return next((found for turn in reversed(turns[-LOOK_BACK:]) if (found := look(turn))), "")


def _parts(turn: Turn) -> Parts:
    return parse(plain(turn.question))


def _said(phrase: Phrase) -> str:
    """A phrase as it is named again: "a resolution" becomes "the resolution"."""
    text = re.sub(r"^an? ", "the ", phrase.text, flags=re.IGNORECASE)
    return re.sub(r"^(?:The|My|Our|Your)\b", lambda match: match[0].lower(), text) if phrase.kind == "noun" else text


def _meant(parts: Parts) -> list[Phrase]:
    """The phrases that a pronoun may mean, the subject first: no times, no "a day", no "its moons"."""
    chosen = []
    for number, phrase in enumerate(parts.phrases):
        rate = phrase.article == "a" and phrase.text.split()[-1].lower() in _RATES
        vague = phrase.article in words("no any every each its his her their this that these those")
        if phrase.kind != "time" and not rate and not vague and phrase.role != "asked":
            whole = replace(parts.whole(number), before=phrase.before, role=phrase.role)
            dated = [
                t for t in parts.phrases if t.kind == "time" and not parts.text[whole.end : t.before_start].strip()
            ]
            if phrase.article == "a" and dated:  # "a resolution in 2012": which one
                whole = replace(whole, end=dated[0].end, text=parts.text[whole.start : dated[0].end])
            chosen.append(whole)
    return sorted(chosen, key=lambda phrase: phrase.role != "subject")


def _identity(parts: Parts) -> bool:
    """Whether a name that answers is what the question is about: "Which planet …", "What is the longest …"."""
    asked = parts.asks.split()[-1:]
    asks_subject = asked == ["which"] or asked == ["what"]
    named = not parts.predicate or re.search(r"\b(?:called|named)$", parts.text)
    return asks_subject and (not parts.subject or (parts.auxiliary in ("is", "was", "are", "were") and bool(named)))


def _named_person(turn: Turn) -> str:
    parts, name = _parts(turn), answer_name(turn)
    who = parts.asks.split()[-1:] in (["who"], ["whom"])
    named = [p for p in _meant(parts) if p.kind == "name" and p.article != "the" and not p.plural]
    subject = [phrase.text for phrase in named if phrase.role == "subject"]
    if who and name and not (subject and parts.auxiliary in ("is", "was")):
        return name
    if name and _ROLES.search(parts.text):
        return name
    if parts.asks == "who" and not parts.auxiliary:
        return ""  # whoever did it was not found, or not in a few words
    others = [phrase.text for phrase in named if phrase.before not in words("in at near from on to of")]
    genitive = re.search(r"((?:[A-Z][\w.-]* )*[A-Z][\w.-]*)['’]s ", parts.text)
    return next(iter(subject + others), genitive[1] if genitive else "")


def _person_noun(turn: Turn) -> str:
    parts = _parts(turn)
    for phrase in _meant(parts) if parts.asks != "who" else []:
        head = phrase.text.split(" of ")[0].split()[-1].lower()
        if phrase.kind == "noun" and not phrase.plural and _MEN.fullmatch(head) and head not in _NO_MEN:
            return _said(phrase)
    return ""


def _person_by_deed(turn: Turn) -> str:
    parts = _parts(turn)
    deed = parts.text[len("who") :].strip()
    told = parts.asks == "who" and not parts.auxiliary and deed and parts.text == turn.question.strip().rstrip("?!. ")
    return f"the person who {deed}" if told else ""


def _thing(turn: Turn, acts: bool) -> str:
    parts = _parts(turn)
    if _identity(parts) and (name := answer_name(turn)):
        return name
    meant = [phrase for phrase in _meant(parts) if not phrase.plural]
    if parts.asks == "who" or _LIVES.search(parts.text):
        meant = [phrase for phrase in meant if phrase.role != "subject" or phrase.kind == "noun" or phrase.article]
    if not meant:
        return "" if parts.asks == "who" else answer_name(turn)
    first = meant[0]
    if first.role == "subject" and first.kind == "name" and not first.article and parts.auxiliary in DO:
        kinds = ("a", "the") if acts else ("a", "the", "")
        objects = [each for each in meant[1:] if each.before in ("", "about") and each.article in kinds]
        return _said((objects or meant)[0])  # "When did NASA lose the Orbiter?": not NASA
    behind = parts.text[first.end :].split()[:1]
    measured = re.fullmatch(r"what (?:is|was) ", parts.text[: first.start].lower())
    if measured and turn.answer and " of " in first.text and (not behind or behind[0] in PREPOSITIONS):
        return first.text.split(" of ", 1)[1]  # "What is the diameter of Jupiter?", answered with a number
    return _said(first)


def _things(turn: Turn) -> str:
    parts = _parts(turn)
    meant = _meant(parts)
    subject = next((phrase for phrase in meant if phrase.role == "subject"), None)
    asked = next((phrase for phrase in parts.phrases if phrase.role == "asked" and phrase.plural), None)
    named = parts.asks.split()[-1:] in (["who"], ["whom"], ["which"], ["what"])
    if named and not (subject and subject.plural) and (names := answer_names(turn)):
        return " and ".join([", ".join(names[:-1]), names[-1]])
    if subject and subject.plural:
        return _said(subject)
    if asked and subject and re.search(r"\b(?:have|has|had)\W*$", parts.text):
        return f"the {asked.text} of {_said(subject)}"
    if asked and asked.text.split()[-1].lower() not in _MEASURES:
        return f"the {parts.whole(parts.phrases.index(asked)).text}"
    plural = next((phrase for phrase in meant if phrase.plural), None)
    if chosen := plural or (subject if subject and subject.kind == "name" else None):
        return _said(chosen)
    return answer_name(turn) if parts.asks in ("who", "which", "what") else ""


_MEASURES = words(
    "kilograms metres meters kilometres miles years days hours minutes seconds degrees dollars times tons litres"
)


def _place(turn: Turn) -> str:
    parts, name = _parts(turn), answer_name(turn)
    meant = _meant(parts)
    asked = re.search(r"\b(?:where|city|town|country|place|capital|village|river)\b", parts.text.lower())
    if name and asked:
        return f"in {name}"
    for phrase in meant:
        if phrase.before in ("in", "at", "on", "near"):
            return f"{phrase.before} {_said(phrase)}"
    names = [phrase for phrase in meant if phrase.kind == "name" and parts.asks != "where"]
    chosen = [phrase for phrase in names if phrase.role != "subject"] or names
    return f"in {chosen[0].text}" if chosen else ""


def _time(turn: Turn) -> str:
    parts, answer = _parts(turn), turn.answer.strip(" .,;")
    if is_time(answer) and len(answer.split()) <= 6:
        return with_preposition(answer)
    moments = [phrase for phrase in parts.phrases if phrase.kind == "time"]
    return f"{moments[-1].before} {moments[-1].text}" if moments and moments[-1].before else ""


def _noun(turn: Turn) -> str:
    parts = _parts(turn)
    phrases = sorted(enumerate(parts.phrases), key=lambda each: each[1].article != "a")  # "have a shop", "a bigger one"
    for number, phrase in phrases:
        if phrase.kind != "noun" or (phrase.role == "asked" and phrase.text.lower() in _MEASURES | _RATES):
            continue
        text = parts.whole(number).text
        rest = re.sub(
            r"^(?:(?:an?|the|this|that|its|his|her|their|most|least|only|first|second|third|last|next|\d+|two|three|four|five"
            r"|six|seven|eight|nine|ten|\w+(?:est|['’]s))\s+)+",
            "",
            text,
            flags=re.IGNORECASE,
        )
        subject = parts.subject
        if phrase.role == "asked" and subject and re.search(r"\b(?:have|has|had)\W*$", parts.text):
            rest = f"{rest} of {_said(subject)}"
        return rest
    return ""
