"""Questions and answers that a page carries as JSON-LD of schema.org."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.markup.html_rules import limit_depth
from qa.loaders.markup.html_table import inline_text
from qa.loaders.markup.html_walk import HtmlWalker
from qa.types import Block

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_ANSWER_KEYS = ("acceptedAnswer", "suggestedAnswer")
_NOT_WORD = re.compile(r"[\W_]+")


def add_marked_questions(builder: TextBuilder, page: LexborHTMLParser, blocks: Sequence[Block]) -> list[Block]:
    """``blocks``, which are the builder's, with the questions of the page's JSON-LD and their answers marked.

    What the page does not show is appended to the builder.
    """
    shown = list(blocks)
    asked = list(_questions(page))
    if not asked:
        return shown
    text = builder.build().text
    words = [_words(text[block.start : block.end]) for block in shown]
    places = {spelling: index for index, spelling in reversed(list(enumerate(words))) if shown[index].indexed}
    for question, answers in asked:
        index = places.get(_words(question))
        if index is None:
            index = builder.next_index
            builder.block("question", question)
        elif shown[index].kind != "heading":
            shown[index] = replace(shown[index], kind="question", answers=None)
        for answer in answers:
            body = _body(answer)
            if index >= len(shown) or not _mark_answer(shown, words, index, _words(inline_text(body, breaks=" "))):
                HtmlWalker(builder, 1, answers=index).walk(body)
    return shown


def _mark_answer(shown: list[Block], words: Sequence[str], question: int, answer: str) -> bool:
    """Mark the blocks below a question that are its ``answer``; False when the page does not show it."""
    place = 0
    index = question + 1
    while index < len(words) and place < len(answer):
        begin = answer.find(words[index], place)
        if begin < 0 or not shown[index].indexed or shown[index].kind in ("heading", "question"):
            break
        place = begin + len(words[index])
        kind = "answer" if shown[index].kind == "paragraph" else shown[index].kind
        shown[index] = replace(shown[index], kind=kind, answers=question)
        index += 1
    return 2 * place > len(answer)


def _body(html: str) -> Any:
    from selectolax.lexbor import LexborHTMLParser

    return LexborHTMLParser(limit_depth(html)).body


def _words(text: str) -> str:
    """The letters and digits of a text, to compare it."""
    return _NOT_WORD.sub("", text).casefold()


def _questions(page: LexborHTMLParser) -> Iterator[tuple[str, list[str]]]:
    """The questions of the page's JSON-LD that have answers, and these."""
    for script in page.css('script[type="application/ld+json"]'):
        try:
            stack = [json.loads(script.text())]
        except (ValueError, RecursionError):
            continue
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                answers = [answer for key in _ANSWER_KEYS for answer in _texts(value.get(key))]
                if answers and "Question" in _as_list(value.get("@type")) and _words(str(value.get("name") or "")):
                    yield one_line(inline_text(_body(str(value["name"])), breaks=" ")), answers
                else:
                    stack.extend(reversed(value.values()))


def _texts(answers: Any) -> list[str]:
    """The texts of one answer or a list of them."""
    texts = (answer.get("text") if isinstance(answer, dict) else answer for answer in _as_list(answers))
    return [text for text in texts if isinstance(text, str) and _words(text)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
