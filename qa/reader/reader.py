"""Question + passages → the words that answer, with scores: an extractive reader.

The shipped one was trained by ``training/train_reader.py`` from the default encoder's weights; any folder or hub name
that ``transformers.AutoModelForQuestionAnswering`` loads can replace it.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from qa.codec import from_json
from qa.errors import ReaderError
from qa.reader.windows import MAX_TOKENS, AnswerSpan, ReaderInput, Window, best_spans, in_windows, padded

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SHIPPED = Path(__file__).parents[1] / "reader_model"
"""Folder of the shipped reader's weights."""
_BATCH = 8
"""Windows read together: the fastest on 2 cores, where more only means more padding."""
_WITHOUT = "To answer by whole sentences instead: --reader none, or VERBATIM_READER=none."


@dataclass(frozen=True, slots=True)
class Reading:
    """The words that the reader found in one passage."""

    spans: tuple[AnswerSpan, ...]
    """Best first, none overlapping a better one; empty when nothing could be read."""

    @property
    def score(self) -> float:
        """The score of the best span; −inf when there is none."""
        return self.spans[0].score if self.spans else -math.inf


@dataclass(frozen=True, slots=True)
class Calibration:
    """How to interpret the scores of one reader; ``calibration.json`` beside its weights."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")  # one of an earlier version has other names
    order_weight: float = 0.05
    """Taken from a passage's score for each point that the reader's score lies behind its best, up to 6, to order the
    passages (this and ``unit_share``: ``benchmarks.weights``)."""
    unit_share: float = 0.3
    """The most that the reader adds to a unit's score, which is about 0 to 1 without it."""
    confidence: tuple[float, ...] | None = None
    """Bias and weights of ``qa.answering.evidence.features_read``; None: the confidence ignores the reader."""
    languages: frozenset[str] | None = None
    """ISO 639-1 codes of the languages it can read; None: any. Documents in other languages it leaves alone."""
    error_rates: tuple[tuple[float, float, int], ...] = ()
    """(threshold, share of the answers from it on that were wrong, number of answers), thresholds ascending; the
    shipped one's: tune questions that ``confidence`` was fitted on, each asked in libraries of three sizes."""


class Reader:
    """An extractive reader. Thread-safe; the model is loaded at first use."""

    def __init__(self, folder: str | Path = SHIPPED) -> None:
        """``folder`` of the model, or its name on the hub (looked for in the hub's cache first)."""
        self.name = "verbatim-reader" if folder == SHIPPED else str(folder)
        self._folder, self._lock = folder, threading.Lock()

    @property
    def loaded(self) -> bool:
        """True once the model is in memory."""
        return "_model" in self.__dict__

    @cached_property
    def calibration(self) -> Calibration:
        """The calibration in its folder, else the defaults. Raises ``ReaderError``."""
        path = Path(self._folder).expanduser() / "calibration.json"
        if not path.is_file():
            return Calibration()
        try:
            return from_json(Calibration, json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ReaderError(f"{path} is damaged ({_first_line(error)}). {_WITHOUT}") from error

    def load(self) -> None:
        """Load the model now rather than at the first question. Raises ``ReaderError``."""
        with self._lock:
            _ = self._model

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[Reading]:
        """Read each passage; the readings are in the order given. Raises ``ReaderError``."""
        if not passages:
            return []
        self.load()
        tokenizer, model = self._model
        positions = getattr(model.config, "max_position_embeddings", None) or MAX_TOKENS
        longest = min(tokenizer.model_max_length, positions, MAX_TOKENS)
        cut = sorted(in_windows(tokenizer, question, passages, longest), key=lambda window: len(window.ids))
        found: list[list[AnswerSpan]] = [[] for _ in passages]
        for first in range(0, len(cut), _BATCH):
            batch = cut[first : first + _BATCH]
            starts, ends = self._logits(batch)
            for row, window in enumerate(batch):
                found[window.passage] += window.spans(starts[row], ends[row])
        return [Reading(best_spans(spans, each.text)) for spans, each in zip(found, passages, strict=True)]

    def _logits(self, batch: Sequence[Window]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        import torch

        tokenizer, model = self._model
        with torch.inference_mode():
            output = model(**padded(tokenizer, batch))
        starts, ends = output.start_logits.float().numpy(), output.end_logits.float().numpy()
        if not (np.isfinite(starts).all() and np.isfinite(ends).all()):
            raise ReaderError(
                f"the reader {self.name} gives scores that are not numbers: its weights are damaged. {_WITHOUT}"
            )
        return starts, ends

    @cached_property
    def _model(self) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
        try:
            return load_model(self._folder)
        except ReaderError as error:
            raise ReaderError(f"{error} {_WITHOUT}") from error


def open_reader(name: str) -> Reader | None:
    """The reader that a setting names: ``default``, ``none``, a folder or a hub name."""
    return None if name == "none" else Reader(SHIPPED if name == "default" else name)


def load_model(folder: str | Path) -> tuple[Any, Any]:
    """Tokenizer and model, checked. Raises ``ReaderError``, which names what is wrong with it."""
    path = Path(folder).expanduser()
    _check_architecture(path)
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    source = str(path) if path.is_dir() else str(folder)
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
        model, info = AutoModelForQuestionAnswering.from_pretrained(
            source, dtype=_fastest_type(), output_loading_info=True
        )
    except Exception as error:
        raise ReaderError(f"the reader {folder} cannot be loaded: {_first_line(error)}") from error
    if not tokenizer.is_fast:
        raise ReaderError(
            f"the reader {folder} has a tokenizer without offsets (no tokenizer.json): answers need them."
        )
    if info["missing_keys"] or info["mismatched_keys"]:
        lacking = sorted(map(str, [*info["missing_keys"], *info["mismatched_keys"]]))[:3]
        raise ReaderError(f"the reader {folder} is not a trained reader: its weights lack {', '.join(lacking)}.")
    vocabulary = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > vocabulary:
        raise ReaderError(
            f"the reader {folder} has a tokenizer of {len(tokenizer):,} tokens, its weights know {vocabulary:,}: they "
            "do not belong together."
        )
    return tokenizer, model.eval()


def _fastest_type() -> torch.dtype:
    """bfloat16 where the processor supports it: 1.7 times as fast as float32, the same best words in 97 % of 160 tune
    passages of squad11, scores 0.03 apart. (Dynamic 8 bit: 2.4 times, but the same words in 56 % only.)"""
    import torch

    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return torch.bfloat16 if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") else torch.float32


def _check_architecture(path: Path) -> None:
    """A folder's configuration names a model for question answering."""
    if not path.is_dir():
        return
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        names = list(config.get("architectures") or [])
    except (OSError, ValueError, AttributeError) as error:
        raise ReaderError(
            f"{path} holds no reader: config.json is missing or damaged ({_first_line(error)})."
        ) from error
    if names and not any(name.endswith("ForQuestionAnswering") for name in names):
        raise ReaderError(
            f"{path} holds {', '.join(names)}, not a model for question answering (…ForQuestionAnswering)."
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
