"""JSON, which may be the export of a conversation: ChatGPT, Slack, or any list of messages with their authors."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from qa.loaders.base import LoadedText, TextBuilder, one_line
from qa.loaders.conversations.chatgpt import find_chatgpt
from qa.loaders.conversations.message import Exported, Message, add_conversation, as_time, first_text, left_out_notes
from qa.loaders.plain import json_text
from qa.loaders.plain.encoding import decode
from qa.loaders.turns import Turns

_HINTS = ('"mapping"', '"content"', '"text"', '"message"', '"value"', '"body"')
_SPEAKERS = ("user_profile", "bot_profile", "sender", "from", "sender_name", "speaker")
_AUTHORS = ("author", "user", "user_name", "username", "name")
"""Under these there may as well be the authors of texts that have nothing to do with each other."""
_TEXTS = ("content", "text", "message", "body", "value", "msg")
_TIMES = (
    *("time", "timestamp", "date", "datetime", "ts", "timestamp_ms", "created_at", "create_time", "created"),
    *("createdAt", "sent_at", "send_date"),
)
_LISTS = ("messages", "chat_messages", "conversations", "conversation", "chat", "turns", "dialogue", "dialog", "thread")
_IDS = ("id", "uuid", "message_id", "ts")
_PARENTS = ("thread_ts", "reply_to_message_id", "reference", "parent_id", "parent", "reply_to", "in_reply_to")
_FILES = ("files", "attachments", "photo", "photos", "file", "media", "sticker", "videos", "audio_files", "embeds")
_NO_MESSAGES = frozenset(("headline", "title", "url", "link", "price", "rating", "category", "tags", "isbn"))
_ROLES = frozenset(
    (
        *("user", "assistant", "system", "human", "model", "bot", "tool", "developer", "function", "agent"),
        *("customer", "ai", "gpt"),
    )
)
_ASSISTANTS = frozenset(("assistant", "model", "gpt", "bot", "ai", "chatgpt", "claude"))
_LEAST_SHARE = 0.9
_SLACK_MARKUP = re.compile(r"<(?P<kind>[@#!]?)(?P<target>[^<>|\s]{1,2000}+)(?:\|(?P<label>[^<>]{0,500}+))?>")


def load(data: bytes, name: str) -> LoadedText:
    """Read JSON or JSON Lines, as a conversation where it is one."""
    decoded = decode(data, name)
    exported = find_conversations(decoded.text)
    if not exported:
        return json_text.from_text(decoded.text, decoded.notes)
    builder = TextBuilder(keep_lines=False)
    turns = Turns(builder)
    for one in exported:
        add_conversation(builder, turns, one)
    title = exported[0].title if len(exported) == 1 else None
    return turns.apply(builder.build(title=title or None, notes=(*decoded.notes, *left_out_notes(exported))))


def find_conversations(text: str) -> list[Exported]:
    """The conversations that JSON holds; empty when it holds none, or something else besides."""
    if not any(hint in text for hint in _HINTS):
        return []
    try:
        value = json.loads(text)
    except RecursionError:
        return []
    except ValueError:
        value = _json_lines(text)
    return find_chatgpt(value) or _conversations(value)


def _json_lines(text: str) -> list[Any]:
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        return []


def _conversations(value: Any) -> list[Exported]:
    """One conversation, or a list that holds nothing else."""
    if one := _conversation(value):
        return [one]
    if not isinstance(value, list):
        return []
    found = [_conversation(each) if isinstance(each, dict) else None for each in value]
    return [one for one in found if one] if all(found) else []


def _conversation(value: Any) -> Exported | None:
    """The messages of a list, or of the list in a record; None when they are no conversation."""
    items = _items(value)
    if len(items) < 2:
        return None
    names = {item["user"]: _speaker(item) for item in items if isinstance(item.get("user"), str)}
    messages = [_message(item, names) for item in items]
    spoken = [(item, message) for item, message in zip(items, messages, strict=True) if message.speaker]
    talk = len(items) - sum(map(_is_event, items))
    if not spoken or len(spoken) < _LEAST_SHARE * talk or not _is_conversation(*zip(*spoken, strict=True)):
        return None
    left_out = _left_out(items, messages)
    if _is_newest_first([item for item, _ in spoken]):
        messages.reverse()
    is_markdown = any(message.speaker.lower() in _ASSISTANTS for _, message in spoken)
    return Exported([message for message in messages if message.text.strip()], _title(value), is_markdown, left_out)


def _left_out(items: Sequence[Mapping[str, Any]], messages: Sequence[Message]) -> Counter[str]:
    """What the messages hold that is not read, counted."""
    files = sum(any(map(item.get, _FILES)) for item in items)
    wordless = (item for item, message in zip(items, messages, strict=True) if not message.text.strip())
    return +Counter({"pictures and other files": files, "events without words": sum(map(_is_event, wordless))})


def _items(value: Any) -> list[dict[str, Any]]:
    """The records of a list, or of the list of messages in a record; empty when it holds anything else."""
    if isinstance(value, dict):
        value = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
    return value if isinstance(value, list) and all(isinstance(item, dict) for item in value) else []


def _title(value: Any) -> str:
    return one_line(first_text(value, ("title", "name", "subject", "topic"))) if isinstance(value, dict) else ""


def _speaker(item: Mapping[str, Any]) -> str:
    return one_line(first_text(item, (*_SPEAKERS, "role", *_AUTHORS)))


def _is_event(item: Mapping[str, Any]) -> bool:
    """True for what the program says in Slack or Telegram: “Mia joined”."""
    return item.get("type") == "service" or str(item.get("subtype", "")).startswith(("channel_", "group_"))


def _message(item: Mapping[str, Any], names: Mapping[str, str]) -> Message:
    text = next((words for key in _TEXTS if (words := _words(item.get(key))).strip()), "")
    if "ts" in item:
        text = unescape(_SLACK_MARKUP.sub(lambda match: _slack_words(match, names), text))
    if "sender_name" in item:
        text = _repaired(text)
    speaker = "" if _is_event(item) else _repaired(_speaker(item)) if "sender_name" in item else _speaker(item)
    time = next((time for key in _TIMES if (time := as_time(item.get(key)))), "")
    ids = [_id(item, keys) for keys in (_IDS, _PARENTS)]
    return Message(text, speaker, time, ids[0], ids[1] if ids[1] != ids[0] else "")


def _words(value: Any) -> str:
    """The text of a message's content, which may come in pieces."""
    if isinstance(value, list):
        return "".join(_words(piece) for piece in value if isinstance(piece, str | dict))
    if isinstance(value, dict):
        value = value.get("text")
    return value if isinstance(value, str) else ""


def _id(item: Mapping[str, Any], keys: Sequence[str]) -> str:
    for key in keys:
        value = item.get(key)
        if isinstance(value, dict):
            value = value.get("messageId") or value.get("id")
        if value and isinstance(value, str | int | float):
            return str(value)
    return ""


def _slack_words(match: re.Match[str], names: Mapping[str, str]) -> str:
    """A link, a person, a channel or all of them, as Slack shows it."""
    kind, target, label = match["kind"], match["target"], match["label"]
    if kind == "@":
        return f"@{label or names.get(target, target)}"
    return {"#": "#", "!": "@"}.get(kind, "") + (label or target)


def _repaired(text: str) -> str:
    """Text whose UTF-8 was taken for Latin-1, as Facebook exports it."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _is_conversation(items: Sequence[Mapping[str, Any]], messages: Sequence[Message]) -> bool:
    """True when the authors speak to each other: the keys say so, or they come again with times and nothing more."""
    if sum(bool(message.text.strip()) for message in messages) < 2:
        return False
    if all(isinstance(item.get("role"), str) and item["role"].lower() in _ROLES for item in items):
        return True
    sure = sum(any(map(item.get, _SPEAKERS)) for item in items)
    if sure < _LEAST_SHARE * len(items):
        is_timed = all(message.time for message in messages)
        if not is_timed or not all(map(_NO_MESSAGES.isdisjoint, items)):
            return False
    speakers = len({message.speaker for message in messages})
    return speakers > 1 and (speakers < len(items) or sure == len(items) == 2)


def _is_newest_first(items: Sequence[Mapping[str, Any]]) -> bool:
    for key in _TIMES:
        first, last = items[0].get(key), items[-1].get(key)
        if isinstance(first, int | float) and isinstance(last, int | float):
            return first > last
        if isinstance(first, str) and isinstance(last, str) and first[:4].isdigit() and last[:4].isdigit():
            return first > last
    return False
