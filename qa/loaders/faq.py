"""Questions and answers in a text that was read: bold or labelled questions, and questions in lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from qa.loaders.base import LoadedText
from qa.types import Block

_LABELS = {
    "q|question": "a|answer|r|réponse|reponse",
    "f|frage": "a|antwort",
    "p|pregunta|pergunta": "r|respuesta|resposta|o",
    "d|domanda": "r|risposta",
    "v|vraag": "a|antwoord",
    "fråga|spørgsmål|spørsmål": "svar",
    "pytanie": "odpowiedź",
    "в|вопрос": "о|ответ",
    "s|soru": "c|cevap",
    "問|问|問題|问题|質問": "答|回答|答え",
    "질문|문": "답변|답",
}
"""The words that mark a question, and those that mark its answer, by language."""
_ANSWERS = {word: answers.split("|") for words, answers in _LABELS.items() for word in words.split("|")}
ANSWER_LABELS = frozenset(word for answers in _ANSWERS.values() for word in answers)
LABELS = frozenset(_ANSWERS) | ANSWER_LABELS
_ROLES = dict.fromkeys(_ANSWERS, "question") | dict.fromkeys(ANSWER_LABELS, "answer")
_WORDS = "|".join(sorted(_ROLES, key=len, reverse=True))
_LABEL = re.compile(
    rf"(?:(?<!\S)|(?<=[。？！]))(?:\d{{1,3}}[.)][ ])?+(?P<word>{_WORDS})"
    r"(?:[ .]?+\d{1,3}[.:)]|[ \u00a0\u202f]?+[:：])(?:\s++|(?<=：))",
    re.IGNORECASE,
)
QUESTION_MARKS = ("?", "？", "؟")
_FIRST_LETTERS = frozenset("0123456789").union(*({word[0], word[0].upper()} for word in _ANSWERS))
_NO_QUESTION = re.compile(r"[.!?。！？؟:](?=\s)")
"""Another sentence, or a word that is explained."""
_LIST_NUMBER = re.compile(r"[ \t]*+(?:\(?[\da-zA-Z]{1,3}[.)][ \t]++|[-*•][ \t]++)?+")
_LETTER = re.compile(r"\(?[a-zA-Z][.)]")
_BESIDE = ("note", "furniture", "noise")
"""Kinds of blocks that answer nothing."""
_MAX_QUESTION = 300
_NOT_FIRST = frozenset("\"'“”„«»‘’‹›–—-•*>(…")
_LEAST_LEADS, _LEAST_SHARE = 2, 0.15
"""So many paragraphs of a plain text, and this share, begin with a question: then it is a list of questions."""


@dataclass(slots=True)
class Hints:
    """What Markdown knows of its blocks and their text does not."""

    bold: dict[int, int] = field(default_factory=dict)
    """Length of the bold words at the start of a block, by its index."""
    continued: set[int] = field(default_factory=set)
    """Blocks that are not the first of their list item."""
    after_rule: set[int] = field(default_factory=set)
    """Blocks that may come first below a line across the page."""


class _Piece(NamedTuple):
    """A block or a part of one."""

    block: Block
    start: int
    end: int
    role: str = ""
    """``question``, ``answer``, ``end`` (nothing below it answers what is above), ``continued`` or none."""
    is_marked: bool = False
    """Of a question: by bold letters or a label, so that what follows is sure to be its answer."""


def with_questions(loaded: LoadedText, hints: Hints | None = None) -> LoadedText:
    """``loaded`` with its questions and their answers as blocks that know each other; ``hints``: of Markdown."""
    leads = _leads(loaded) if hints is None else frozenset[int]()
    if not (leads or _may_ask(loaded, hints or Hints())):
        return loaded  # nearly always, and fast
    pieces = list(_pieces(loaded, hints or Hints(), leads))
    if not any(piece.role == "question" for piece in pieces):
        return loaded
    return replace(loaded, blocks=tuple(_linked(pieces)))


def _may_ask(loaded: LoadedText, hints: Hints) -> bool:
    """True when a block looks like a question."""
    text, blocks = loaded.text, loaded.blocks
    if any(text.endswith(QUESTION_MARKS, 0, blocks[index].start + length) for index, length in hints.bold.items()):
        return True
    for block in blocks:
        if block.kind == "list_item" and text[block.end - 1] in QUESTION_MARKS:
            return True
        if text[block.start] in _FIRST_LETTERS and _LABEL.match(text, block.start):
            return True
    return False


def _pieces(loaded: LoadedText, hints: Hints, leads: Collection[int]) -> Iterator[_Piece]:
    text, blocks, rules = loaded.text, loaded.blocks, hints.after_rule
    for index, block in enumerate(blocks):
        bold = hints.bold.get(index, 0)
        if block.kind not in ("paragraph", "list_item") or block.speaker or block.answers is not None:
            yield _Piece(block, block.start, block.end)
        elif bold and text.endswith(QUESTION_MARKS, block.start, block.start + bold):
            yield from _cut(text, block, bold)
        elif labelled := _labelled(text, blocks, index):
            yield from labelled
        elif index in rules or (index not in leads and _is_title(text, block, bold)):
            yield _Piece(block, block.start, block.end, "end")
        elif block.kind == "list_item" and _is_question(text, block.start, block.end):
            yield _Piece(block, block.start, block.end, "question")
        elif index in leads:
            yield from _lead(text, block)
        else:
            yield _Piece(block, block.start, block.end, "continued" if index in hints.continued else "")


def _is_title(text: str, block: Block, bold: int) -> bool:
    """True for a paragraph that answers nothing above: all in bold, or a question by itself."""
    is_question = block.kind == "paragraph" and _is_question(text, block.start, block.end)
    return is_question or bold == block.end - block.start


def _cut(text: str, block: Block, length: int) -> Iterator[_Piece]:
    """The question, which is the first ``length`` characters of a block, and the answer in the rest of it."""
    yield _Piece(block, block.start, block.start + length, "question", is_marked=True)
    start = block.start + length
    while start < block.end and text[start].isspace():
        start += 1
    if start < block.end:
        yield _Piece(block, start, block.end, "answer")


def _labelled(text: str, blocks: Sequence[Block], index: int) -> list[_Piece]:
    """The pieces of a block that starts with a label; none where it does not, or where nothing answers."""
    block = blocks[index]
    if not (first := _LABEL.match(text, block.start, block.end)):
        return []
    word = first["word"].lower()
    if word in ANSWER_LABELS:
        return [_Piece(block, block.start, block.end, "answer")]
    answers = _ANSWERS[word]
    found = [first, *_LABEL.finditer(text, first.end(), block.end)]
    found = [label for label in found if label["word"].lower() in (word, *answers)]
    after = _LABEL.match(text, blocks[index + 1].start) if index + 1 < len(blocks) else None
    if not any(label["word"].lower() in answers for label in (*found[1:], *((after,) if after else ()))):
        return []
    edges = [*(label.start() for label in found), block.end]
    return [
        _Piece(block, start, start + len(text[start:end].rstrip()), _ROLES[label["word"].lower()], is_marked=True)
        for label, start, end in zip(found, edges, edges[1:], strict=False)
    ]


def _is_question(text: str, start: int, end: int) -> bool:
    """True when the text is one question and nothing else."""
    if not text.endswith(QUESTION_MARKS, start, end) or end - start > _MAX_QUESTION:
        return False
    number = _LIST_NUMBER.match(text, start, end)
    return _NO_QUESTION.search(text, number.end() if number else start, end) is None


def _leads(loaded: LoadedText) -> frozenset[int]:
    """The paragraphs of a plain text that begin with a question on a line of its own, where there are many such."""
    text, leads = loaded.text, set[int]()
    for index, block in enumerate(loaded.blocks):
        end = text.find("\n", block.start, block.end)
        if text[block.start] not in _NOT_FIRST and _is_question(text, block.start, end if end > 0 else block.end):
            leads.add(index)
    share = len(leads) / len(loaded.blocks) if loaded.blocks else 0
    return frozenset(leads) if len(leads) >= _LEAST_LEADS and share >= _LEAST_SHARE else frozenset()


def _lead(text: str, block: Block) -> Iterator[_Piece]:
    """The lines of a paragraph as questions while they are some; the rest answers the last one."""
    start = block.start
    while start < block.end:
        end = text.find("\n", start, block.end)
        end = end if end > 0 else block.end
        if not _is_question(text, start, end):
            yield _Piece(block, start, block.end, "answer")
            return
        yield _Piece(block, start, end, "question", is_marked=True)
        start = end + 1


def _linked(pieces: Sequence[_Piece]) -> Iterator[Block]:
    """The blocks of the pieces, each answer with the index of its question; those that were known stay linked."""
    asked: int | None = None
    places: list[int] = []  # of each block, the index of its first piece
    for index, piece in enumerate(pieces):
        block = piece.block
        if piece.start == block.start:
            places.append(index)
        part = replace(
            block, start=piece.start, end=piece.end, number=block.number if piece.start == block.start else ""
        )
        if block.answers is not None or (block.kind == "question" and not piece.role):
            asked = None
            yield part if block.answers is None else replace(part, answers=places[block.answers])
            continue
        if piece.role == "question":
            asked = index
            yield replace(part, kind="question")
            continue
        if asked is not None and _ends(piece, asked, pieces):
            asked = None
        if asked is None or block.kind in _BESIDE:
            yield part
        else:
            answers = block.kind == "paragraph" or piece.start > block.start
            yield replace(part, kind="answer" if answers else block.kind, answers=asked)


def _ends(piece: _Piece, asked: int, pieces: Sequence[_Piece]) -> bool:
    """True when neither ``piece`` nor what is below it answers the question."""
    block, question = piece.block, pieces[asked].block
    if piece.role == "answer":
        return False
    if block.kind == "heading" or piece.role == "end":
        return True
    if question.kind != "list_item":
        return False
    if block.kind == "list_item" and block.group == question.group:
        is_below = block.level > question.level and not _LETTER.match(block.number)
        return not (is_below or piece.role == "continued")
    if pieces[asked].is_marked:
        return False
    alone = asked == 0 or pieces[asked - 1].block.group != question.group
    return not (block.kind == "paragraph" and alone)
