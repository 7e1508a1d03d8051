"""Question and passages → windows, as much of them as a reader's model takes at once, and back to spans of the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qa.text.matching import whole_words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MAX_TOKENS = 384
"""Tokens of question and passage together that are read at once; a library's passage has at most 256."""
_STRIDE = 96
"""Tokens that two windows of one passage share."""
_QUESTION_TOKENS = 96
"""A longer question is cut for the reader."""
_TITLE_CHARS = 160
"""A longer title with headings is cut for the reader."""
_ANSWER_TOKENS = 30
"""An answer is at most this long (SQuAD and NQ: 99 % are)."""
_SPANS = 5
"""Best spans of each passage."""


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """A passage to read; ``title`` sets the context and never answers."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Words of a passage that may answer: ``text[start:end]`` of the ``ReaderInput``."""

    start: int
    end: int
    score: float
    """Logit of the span less that of "no answer here": comparable across passages, above 0 when it believes it."""


@dataclass(frozen=True, slots=True)
class Window:
    """As much of a question and a passage as is read at once."""

    passage: int
    """Index of the passage."""
    ids: tuple[int, ...]
    types: tuple[int, ...]
    offsets: tuple[tuple[int, int] | None, ...]
    """The span of each token in the passage's text; None for tokens of the question, the title and special tokens."""

    def spans(self, starts: NDArray[np.float32], ends: NDArray[np.float32]) -> list[AnswerSpan]:
        """The best spans, best first; "no answer" is the first token ([CLS])."""
        inside = [index for index, offset in enumerate(self.offsets) if offset is not None]
        if not inside:
            return []
        first, last = inside[0], inside[-1] + 1
        null = float(starts[0] + ends[0])
        scores = starts[first:last, None] + ends[None, first:last]
        size = last - first
        allowed = np.triu(np.ones((size, size), bool)) & ~np.triu(np.ones((size, size), bool), _ANSWER_TOKENS)
        scores = np.where(allowed, scores, -np.inf)
        count = min(_SPANS * 20, size * size)
        best = np.argpartition(-scores, count - 1, axis=None)[:count]
        found = []
        for index in best[np.argsort(-scores.flat[best], kind="stable")].tolist():
            start, end = self.offsets[first + index // size], self.offsets[first + index % size]
            if start is not None and end is not None and np.isfinite(scores.flat[index]):
                found.append(AnswerSpan(start[0], end[1], float(scores.flat[index]) - null))
        return found


def in_windows(
    tokenizer: PreTrainedTokenizerBase, question: str, passages: Sequence[ReaderInput], longest: int
) -> list[Window]:
    """The passages, each with the question before it, in windows of at most ``longest`` tokens that overlap."""
    titles = (" ".join(passage.title.split())[:_TITLE_CHARS] for passage in passages)
    prefixes = [f"{title}\n" if title else "" for title in titles]
    encoded = tokenizer(
        [shortened(tokenizer, question)] * len(passages),
        [prefix + passage.text for prefix, passage in zip(prefixes, passages, strict=True)],
        truncation="only_second",
        max_length=longest,
        stride=min(_STRIDE, longest // 4),
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    found = []
    for row, passage in enumerate(encoded["overflow_to_sample_mapping"]):
        skip = len(prefixes[passage])
        offsets = tuple(
            (start - skip, end - skip) if sequence == 1 and start >= skip and end > start else None
            for sequence, (start, end) in zip(encoded.sequence_ids(row), encoded["offset_mapping"][row], strict=True)
        )
        ids = encoded["input_ids"][row]
        types = encoded["token_type_ids"][row] if "token_type_ids" in encoded else [0] * len(ids)
        found.append(Window(passage, tuple(ids), tuple(types), offsets))
    return found


def shortened(tokenizer: PreTrainedTokenizerBase, question: str) -> str:
    """The question, cut to as many tokens as are read of it."""
    encoded = tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)
    offsets = encoded["offset_mapping"]
    return question if len(offsets) <= _QUESTION_TOKENS else question[: offsets[_QUESTION_TOKENS - 1][1]]


def padded(tokenizer: PreTrainedTokenizerBase, batch: Sequence[Window]) -> dict[str, Any]:
    """Tensors of a batch, each of shape (windows, longest window)."""
    import torch

    width = max(len(window.ids) for window in batch)
    pad = tokenizer.pad_token_id or 0
    ids = torch.full((len(batch), width), pad, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, window in enumerate(batch):
        size = len(window.ids)
        ids[row, :size] = torch.tensor(window.ids)
        types[row, :size] = torch.tensor(window.types)
        mask[row, :size] = 1
    found = {"input_ids": ids, "attention_mask": mask}
    return found | {"token_type_ids": types} if "token_type_ids" in tokenizer.model_input_names else found


def best_spans(spans: Iterable[AnswerSpan], text: str) -> tuple[AnswerSpan, ...]:
    """The best of a passage's spans, best first, none overlapping a better one; widened to whole words and numbers of
    its ``text``, because a model's tokens are parts of words."""
    found: list[AnswerSpan] = []
    for span in sorted(spans, key=lambda span: -span.score):
        start, end = whole_words(text, span.start, span.end)
        if all(end <= other.start or other.end <= start for other in found):
            found.append(AnswerSpan(start, end, span.score))
    return tuple(found[:_SPANS])
