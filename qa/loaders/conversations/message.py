"""A message of an exported conversation, and how it becomes a turn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.markup.markdown import add_markdown
from qa.loaders.turns import Turns
from qa.types import Note

_STARTS_A_LINE = re.compile(r"\s*+(?:[#>|`~<=+*-]|\d{1,9}[.)]\s|[ ]{4}|:)")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+.!|<>~&-])")
_LEAST_SECONDS, _MOST_SECONDS = 10**8, 10**11  # 1973 to year 5138; larger numbers count milliseconds


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    text: str
    speaker: str = ""
    """Empty: of the system, such as “Mia joined”."""
    time: str = ""
    id: str = ""
    parent: str = ""
    """The id of the message that it answers; empty where the export does not say."""


@dataclass(slots=True)
class Exported:
    """A conversation out of an export."""

    messages: Sequence[Message]
    title: str = ""
    is_markdown: bool = False
    left_out: Counter[str] = field(default_factory=Counter)
    """What is not read, and how many: ``pictures``, ``messages of tools``."""


def add_conversation(builder: TextBuilder, turns: Turns, exported: Exported) -> None:
    """Append a conversation under its title: each message a turn that answers its parent, else the turn before it."""
    builder.block("heading", exported.title, level=1)
    turns.begin()
    firsts: dict[str, int] = {}
    for message in exported.messages:
        if not message.speaker:
            builder.block("paragraph", message.text)
            continue
        with turns.turn(message.speaker, message.time, firsts.get(message.parent)) as turn:
            _add_text(builder, message, is_markdown=exported.is_markdown)
        if message.id:
            firsts[message.id] = turn.first


def _add_text(builder: TextBuilder, message: Message, *, is_markdown: bool) -> None:
    """The speaker's name and the message, in one paragraph where the message starts with one."""
    if not message.text.strip():
        return
    if not is_markdown:
        builder.block("paragraph", f"{message.speaker}: {message.text}")
        return
    name = _SPECIAL.sub(r"\\\1", message.speaker)
    gap = "\n\n" if _STARTS_A_LINE.match(message.text) else " "
    add_markdown(builder, f"{name}:{gap}{message.text}", first_line=1)


def left_out_notes(exported: Sequence[Exported]) -> list[Note]:
    """One note for all that is not read."""
    counts = sum((one.left_out for one in exported), Counter[str]())
    if not counts:
        return []
    shown = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
    return [Note("not_in_the_conversation", f"Not read, because the conversation does not show them: {shown}.")]


def as_time(value: Any) -> str:
    """A time as people write it, to the minute and in UTC; text as it is."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = float(value) if len(value) < 30 and float(value) >= _LEAST_SECONDS else value
        if isinstance(value, str):
            return re.sub(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d).{0,40}+", r"\1 \2", one_line(value)[:40])
    if isinstance(value, bool) or not isinstance(value, int | float) or not _LEAST_SECONDS <= value < _MOST_SECONDS**2:
        return ""
    while value >= _MOST_SECONDS:
        value /= 1000
    return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M")


def first_text(item: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The words of the first of the keys that has some; those of a person's record are the name."""
    for key in keys:
        value = item.get(key)
        if isinstance(value, dict):
            value = next((value[name] for name in _NAMES if isinstance(value.get(name), str) and value[name]), None)
        if isinstance(value, str) and value.strip():
            return value
    return ""


_NAMES = ("display_name", "real_name", "displayName", "nickname", "name", "username", "role", "email", "id")
