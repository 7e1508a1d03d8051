"""Answers and conversations as Markdown files for people: with their quotes and the location of each.

A viewer of such a file must show a document's words as text: Markdown and HTML in them is escaped, so that nothing of a
document links, loads or runs there either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from qa.answering.citations import inner_section, location
from qa.conversation.history import STOPPED, Message, SavedConversation
from qa.generation import failure_words
from qa.storage.stored_answers import restore
from qa.types import STRUCK, UNPROVEN, Answer, Citation, Hit, Statement

_ACTIVE = re.compile(r"[\\`*_{}\[\]<>|~$&]")
_LINE_START = re.compile(r"^(\s*)([#+\-=>:]|\d+(?=[.)]))")
_ADDRESS = re.compile(r"(?<=[a-zA-Z])://|(?<=www)\.|@")
_NEAREST = 3


def conversation_markdown(conversation: SavedConversation, messages: Iterable[Message]) -> str:
    """A whole conversation: its title, and each question as a heading over its answer."""
    parts = [f"# {_line(conversation.title)}"]
    for message in messages:
        parts += [f"## {_line(message.question)}", message_markdown(message).rstrip("\n")]
    return "\n\n".join(parts) + "\n"


def message_markdown(message: Message) -> str:
    """One answer with its quotes, and the question that was searched if it differs from the one asked."""
    parts = [f"*Searched for: {_line(message.searched)}*"] if message.searched != message.question else []
    if message.answer:
        parts.append(answer_markdown(restore(message.answer)))
    else:
        parts.append(_line(message.note or STOPPED))
    return "\n\n".join(parts).rstrip("\n") + "\n"


def answer_markdown(answer: Answer) -> str:
    """An answer with its quotes and the location of each."""
    if answer.status == "not_found":
        nearest = [_hit(hit) for hit in answer.hits[:_NEAREST]]
        return (
            "\n\n".join(["Not found in the documents.", *(["The nearest passages:"] if nearest else []), *nearest])
            + "\n"
        )
    parts = [_statement(statement, answer.citations) for statement in answer.statements]
    if answer.writer:
        failed = failure_words(answer.notes)
        parts.append(f"*{_line(failed or f'Written by {answer.writer}. What the documents say is quoted below.')}*")
    return "\n\n".join([*parts, *map(_citation, answer.citations)]) + "\n"


def _statement(statement: Statement, citations: Sequence[Citation]) -> str:
    """A quote with its exact words in bold, or a sentence of a language model with the faults found in it."""
    cited = [citation for citation in citations if citation.number in statement.citations]
    quote = next((citation for citation in cited if citation.quote == statement.text), None)
    if statement.struck:
        text = _marked(statement.text, statement.struck, "~~", f"~~ ({STRUCK})")
    else:
        spans = [(first - quote.start, last - quote.start) for first, last in quote.spans] if quote else []
        text = _marked(statement.text, spans, "**", "**")
    unproven = f" *({UNPROVEN})*" if statement.status == "unsupported" else ""
    return text + unproven + "".join(f" [{citation.number}]" for citation in cited)


def _marked(text: str, spans: Sequence[tuple[int, int]], before: str, after: str) -> str:
    """On one line, with ``before`` and ``after`` around these words; one that overlaps another is left out."""
    parts, at = [], 0
    for start, end in sorted(spans):
        if start >= at and text[start:end].strip():
            parts += [_inside(text[at:start]), f"{before}{_line(text[start:end])}{after}"]
            at = end
    return "".join([*parts, _inside(text[at:])]).strip() if parts else _line(text)


def _inside(text: str) -> str:
    """As ``_line``, with a space at either end that has white space."""
    words = _line(text)
    return f"{' ' if text[:1].isspace() else ''}{words}{' ' if words and text[-1:].isspace() else ''}"


def _citation(citation: Citation) -> str:
    return _quoted(citation.quote, f"[{citation.number}] {_titled(citation.source.title, location(citation))}")


def _hit(hit: Hit) -> str:
    return _quoted(hit.passage.text, _titled(hit.source.title, inner_section(hit.passage.heading, hit.source.title)))


def _quoted(text: str, origin: str) -> str:
    return "\n".join([*(f"> {_line(line)}".rstrip() for line in text.split("\n")), ">", f"> {origin}"])


def _titled(title: str, where: str) -> str:
    return _line(", ".join(filter(None, (title, where))))


def _line(text: str) -> str:
    """``text`` on one line, escaped so that no viewer reads Markdown in it."""
    words = _ACTIVE.sub(r"\\\g<0>", " ".join(text.split()))
    words = _ADDRESS.sub(lambda found: "".join(f"&#{ord(character)};" for character in found[0]), words)
    return _LINE_START.sub(
        lambda found: f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}", words
    )
