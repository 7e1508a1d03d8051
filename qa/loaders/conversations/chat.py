"""Plain text, which may be the log of a chat: WhatsApp, IRC, ``[time] name: text``, interviews."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.loaders.base import LoadedText, TextBuilder
from qa.loaders.faq import LABELS, with_questions
from qa.loaders.plain.encoding import decode
from qa.loaders.plain.text import from_text
from qa.loaders.turns import Turns
from qa.types import Note

_INVISIBLE = "\ufeff\u200e\u200f"
_MARKS = f"[{_INVISIBLE}]*+"
_CLOCK = r"(?::\d{2})?+(?:[.,]\d{1,6}(?!\d))?+(?:[ \u202f\xa0]?+[AaPp]\.?+[ \u202f\xa0]?+[Mm]\b\.?+)?+(?:Z\b)?+"
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?+(?:,[ \u202f\xa0]?+|[ T\u202f\xa0])"
_STAMP = re.compile(
    rf"{_MARKS}[ \t]{{0,8}}+(?P<open>[\[(]?+)"
    rf"(?P<time>(?P<date>{_DATE})\d{{1,2}}[:.]\d{{2}}(?:\.\d{{2}}(?!\d))?+{_CLOCK}|\d{{1,2}}:\d{{2}}{_CLOCK})"
    rf"[\])]?+(?:[ \t]{{1,8}}+(?:[-–—*][ \t]{{1,8}}+)?+|:[ \t]{{1,8}}+|(?=<)){_MARKS}"
)
_SPEECH = re.compile(
    r"(?:<[ @+%&~]{0,2}(?P<nick>[^<>\n]{1,40})>|(?P<name>[^\s:<>\[\]][^:\n<>\[\]]{0,59}):)(?:[ \t]++|$)"
)
_LEVELS = frozenset(
    (
        *("trace", "debug", "info", "information", "notice", "warn", "warning", "error", "err", "fatal", "critical"),
        *("severe", "alert", "kernel", "systemd"),
    )
)
_FRACTION = re.compile(r":\d\d[.,]\d")
_LOST = "omitted|weggelassen|omise?s?|omitid[ao]s?|omess[oi]"
_MISSING = re.compile(rf"\s{{0,9}}+(?:<[^<>\n]{{3,60}}>|\u200e[^\n:]{{0,60}}(?:{_LOST}))\s*+")
_ENDS_SENTENCE = (".", "?", "!", "…", "。", "？", "！", "؟", '"', "”", ")")
_MIN_TURNS, _MIN_UNTIMED = 3, 4
_MAX_NAME_WORDS = 6
_LEAST_SHARE, _LEAST_SHARE_DATED = 0.5, 0.25
"""Of the lines that have words, so many start a message; the others go on with one."""


@dataclass(slots=True)
class Message:
    """One message of a chat, or one of its system messages (no ``speaker``)."""

    line: int
    """Of its first line in the file, from 1."""
    lines: list[str]
    speaker: str = ""
    time: str = ""
    is_marked: bool = False
    """Its head has a bracket, a date or a name in angles, as no prose has."""


def load(data: bytes, name: str) -> LoadedText:
    """Read a plain-text file in whatever encoding, as a chat where it is the log of one."""
    decoded = decode(data, name)
    messages = find_messages(decoded.text.split("\n"))
    if messages is None or LABELS.issuperset(message.speaker.lower() for message in messages if message.speaker):
        return with_questions(from_text(decoded.text, decoded.notes))
    return _build(messages, decoded.notes)


def _build(messages: Sequence[Message], notes: Sequence[Note]) -> LoadedText:
    builder = TextBuilder()
    turns, missing = Turns(builder), 0
    for message in messages:
        text, lines = "\n".join(message.lines), range(message.line, message.line + len(message.lines))
        if not message.speaker:
            builder.block("paragraph", text, lines=lines)
            continue
        missing += bool(_MISSING.fullmatch(text))
        with turns.turn(message.speaker, message.time):
            builder.block("paragraph", f"{message.speaker}: {text.lstrip(_INVISIBLE)}", lines=lines)
    if missing:
        notes = (*notes, Note("media_not_read", f"Pictures and other media, which the log lacks: {missing}."))
    return turns.apply(builder.build(notes=notes))


def find_messages(lines: Sequence[str]) -> list[Message] | None:
    """The messages of a chat's log; None when the lines are not one beyond doubt."""
    filled = [line for line in lines[:100] if line.strip()]
    heads = [head for line in filled if (head := _head(line, 0))]
    if len(heads) < _LEAST_SHARE_DATED * len(filled):
        return None  # most texts end here
    timed, marked = (2 * sum(map(is_so, heads)) >= len(heads) for is_so in (_is_timed, _is_marked))
    messages = _messages(lines, timed=timed, marked=marked)
    return messages if _is_chat(messages, sum(map(bool, map(str.strip, lines)))) else None


def _messages(lines: Sequence[str], *, timed: bool, marked: bool) -> list[Message]:
    """The messages, those with a time or a mark only where most are: “Code: 4711” goes on with the one above."""
    messages = list[Message]()
    for number, line in enumerate(lines, 1):
        message = _head(line, number)
        if message and timed <= _is_timed(message) and marked <= _is_marked(message):
            messages.append(message)
        elif messages:
            messages[-1].lines.append(line)
        elif line.strip():
            messages.append(Message(number, [line]))
    return messages


def _is_timed(message: Message) -> bool:
    return bool(message.time)


def _is_marked(message: Message) -> bool:
    return message.is_marked


def _head(line: str, number: int) -> Message | None:
    """The message that starts on this line; None where none does."""
    stamp = _STAMP.match(line)
    rest, time = (line[stamp.end() :], stamp["time"]) if stamp else (line, "")
    is_dated = bool(stamp and (stamp["open"] or stamp["date"]))
    speech = _SPEECH.match(rest)
    names = (speech["nick"] or speech["name"]).split() if speech else []
    if speech and 0 < len(names) <= _MAX_NAME_WORDS:
        return Message(number, [rest[speech.end() :]], " ".join(names), time, is_dated or bool(speech["nick"]))
    return Message(number, [rest], "", time, is_marked=True) if is_dated else None


def _is_chat(messages: Sequence[Message], filled_lines: int) -> bool:
    spoken = [message for message in messages if message.speaker]
    counts = Counter(message.speaker for message in spoken)
    timed, marked = sum(map(_is_timed, messages)), sum(map(_is_marked, messages))
    if len(spoken) < _MIN_TURNS or _is_log(spoken) or not _are_people(counts):
        return False
    heads = sum(bool(message.speaker or message.time) for message in messages)
    if 2 * marked > heads:
        return heads >= _LEAST_SHARE_DATED * filled_lines
    again = sum(count > 1 for count in counts.values())
    return heads >= _LEAST_SHARE * filled_lines and again >= 2 and (timed * 2 > heads or _is_interview(spoken))


def _is_log(spoken: Sequence[Message]) -> bool:
    """True when modules of a program write, with fractions of seconds."""
    return all("." in message.speaker and _FRACTION.search(message.time) for message in spoken)


def _are_people(counts: Counter[str]) -> bool:
    """True for names of people, counted by how often they speak; not for levels of a log, a diary or keys of a list."""
    if len(counts) < 2 or any(name.lower() in _LEVELS for name in counts):
        return False
    spoken = counts.total()
    if len(counts) == spoken:  # entries of a diary
        return False
    return len(counts) * 3 <= spoken * 2 + 3  # keys hardly come again


def _is_interview(spoken: Sequence[Message]) -> bool:
    """True when names without times take turns, and what they say is sentences, with a question among them."""
    turns = sum(one.speaker != other.speaker for one, other in pairwise(spoken))
    said = ["\n".join(message.lines).rstrip() for message in spoken]
    whole = sum(text.endswith(_ENDS_SENTENCE) and " " in text for text in said)
    return (
        turns >= _MIN_UNTIMED - 1
        and turns * 2 > len(spoken)
        and whole * 5 > len(said) * 4
        and any(text.endswith(("?", "？", "؟")) for text in said)
    )
