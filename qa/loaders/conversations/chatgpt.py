"""The export of ChatGPT: a tree of messages for each conversation, of which the page shows one branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from qa.loaders.base import one_line
from qa.loaders.conversations.message import Exported, Message, as_time

_SHOWN = ("user", "assistant")


def find_chatgpt(value: Any) -> list[Exported]:
    """The conversations of an export; empty when it is none."""
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(one, dict) and isinstance(one.get("mapping"), dict) for one in found):
        return []
    return [_conversation(one) for one in found]


def _conversation(value: dict[str, Any]) -> Exported:
    nodes = {key: node for key, node in value["mapping"].items() if isinstance(node, dict)}
    exported = Exported([], one_line(_text(value.get("title"))), is_markdown=True)
    branch = _branch(nodes, value.get("current_node"))
    messages, parent = list[Message](), ""
    for key in branch:
        message = _dict(nodes[key].get("message"))
        words = _words(message, exported.left_out)
        if words.strip():
            speaker = _text(message["author"].get("name")) or message["author"]["role"]
            messages.append(Message(words, speaker, as_time(message.get("create_time")), key, parent))
            parent = key
    held = {key for key, node in nodes.items() if isinstance(node.get("message"), dict)}
    exported.left_out["messages of other versions"] = len(held.difference(branch))
    exported.messages = messages
    return exported


def _branch(nodes: dict[str, dict[str, Any]], current: Any) -> list[str]:
    """The keys from the root to the message that the page shows last; without it, to the newest reply of each."""
    parents = {key: node.get("parent") for key, node in nodes.items()}
    if not isinstance(current, str) or current not in nodes:
        current = _last(nodes)
    branch: dict[str, None] = {}
    while isinstance(current, str) and current in nodes and current not in branch:
        branch[current] = None
        current = parents[current]
    return [*reversed(branch)]


def _last(nodes: dict[str, dict[str, Any]]) -> str | None:
    """The end of the branch that follows the last child of every message."""
    key = next((key for key, node in nodes.items() if node.get("parent") not in nodes), None)
    seen = set[str]()
    while key is not None and key not in seen:
        seen.add(key)
        children = nodes[key].get("children")
        known = [one for one in children if isinstance(one, str) and one in nodes] if isinstance(children, list) else []
        if not known:
            return key
        key = known[-1]
    return key


def _words(message: dict[str, Any], left_out: Counter[str]) -> str:
    """The Markdown of a message; empty where the page shows none of it."""
    author, content, metadata = (_dict(message.get(key)) for key in ("author", "content", "metadata"))
    parts = list(_parts(content))
    texts = [part for part in parts if isinstance(part, str)]
    if len(parts) == len(texts) < 2 and not "".join(texts).strip():
        return ""
    is_hidden = metadata.get("is_visually_hidden_from_conversation") is True
    if is_hidden or author.get("role") not in _SHOWN or message.get("recipient", "all") != "all":
        left_out["messages of tools and settings"] += 1
        return ""
    left_out["pictures and other files"] += len(parts) - len(texts)
    return "\n\n".join(texts)


def _parts(content: dict[str, Any]) -> Iterator[Any]:
    """The pieces of a message's content: Markdown, or an object where it is something else."""
    text = _text(content.get("text"))
    if content.get("content_type") == "code" and text:
        yield f"``````\n{text}\n``````"
    elif text:
        yield text
    parts = content.get("parts")
    for part in parts if isinstance(parts, list) else []:
        spoken = _text(part.get("text")) if isinstance(part, dict) else ""  # a transcript
        yield spoken or part


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
