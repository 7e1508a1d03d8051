"""Texts → unit vectors: a passage gives its own vector and those of its sentences in one pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import ModelDamaged, check_not_forked
from embeddings.models import ModelFolder
from embeddings.scripts import replace_surrogates
from embeddings.tokens import TokenCounter

Floats = NDArray[np.float32]

_BATCH = 16
"""Passages in one forward pass: 8 to 16 beat 32 to 64 on two cores (FACTS.md)."""
_SPECIAL_TOKENS = 2


@dataclass(frozen=True, slots=True)
class PassageInput:
    """A passage as it is embedded: ``prefix`` (title, heading) gives the context, ``text`` is shown."""

    prefix: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    """Spans into ``text`` that get a vector of their own."""

    @property
    def embedded(self) -> str:
        """The text that the model reads."""
        return replace_surrogates(f"{self.prefix}\n{self.text}" if self.prefix else self.text)

    @property
    def offset(self) -> int:
        """Where ``text`` starts in ``embedded``."""
        return len(self.prefix) + 1 if self.prefix else 0


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """``passage``: ``(dim,)`` float32; ``sentences``: ``(len(spans), dim)`` float32, in the spans' order. All rows
    have length 1, except that a sentence beyond the window has only zeros."""

    passage: Floats
    sentences: Floats


class Encoder(Protocol):
    """An embedding model, as the rest of the program needs it. Thread-safe."""

    @property
    def name(self) -> str:
        """Identifies the vectors: two encoders of the same name give the same ones."""

    @property
    def dim(self) -> int:
        """Width of the vectors (may load the model)."""

    @property
    def window(self) -> int:
        """Tokens that the model reads of one text, not counting its prompt and special tokens."""

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639-1 codes the model knows; None when that is not known."""

    @property
    def loaded(self) -> bool:
        """True if encoding can start at once."""

    def load(self) -> None:
        """Load the model now rather than at the first text."""

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` without special tokens. Needs no loaded model."""

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Vectors in the order of ``passages``."""

    def encode_question(self, question: str) -> Floats:
        """``(dim,)`` float32 of length 1."""


class SentenceEncoder:
    """Any sentence-transformers model; loaded at the first text, its prompts and window honoured.

    For a model that averages its tokens, sentence vectors come out of the passage's own pass: the token vectors are
    averaged over each sentence (FACTS.md: as good within the noise as encoding every sentence again, at half the
    work). Any other model encodes its sentences separately.
    """

    def __init__(self, folder: ModelFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Packed without the model: another process counts tokens, or loads it anew."""
        return {"_folder": self._folder, "name": self.name, "window": self.window}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_folder"])  # type: ignore[misc]
        self.__dict__.update(state)

    @cached_property
    def name(self) -> str:
        return self._folder.fingerprint

    @property
    def languages(self) -> frozenset[str] | None:
        return self._folder.languages

    @property
    def dim(self) -> int:
        return int(self._model.get_embedding_dimension())

    @property
    def loaded(self) -> bool:
        return self._loaded is not None

    @cached_property
    def window(self) -> int:
        window = self._folder.window() or int(self._model.max_seq_length or 512)
        prompt = self.count_tokens(self._document_prompt) if self._prompts_possible else 0
        return int((window - _SPECIAL_TOKENS - prompt) * (1 - self._counter.slack))

    def load(self) -> None:
        _ = self._model

    def count_tokens(self, text: str) -> int:
        return self._counter(text)

    def encode_question(self, question: str) -> Floats:
        texts = [replace_surrogates(question)]
        with self._locked_model() as model:
            vectors = model.encode_query(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors[0], dtype=np.float32)

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        order = sorted(range(len(passages)), key=lambda index: len(passages[index].embedded), reverse=True)
        found: dict[int, PassageVectors] = {}
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            with self._locked_model() as model:
                encode = self._encode_pooled if self._pools_by_mean else self._encode_separately
                found.update(zip(batch, encode(model, [passages[index] for index in batch]), strict=True))
        return [found[index] for index in range(len(passages))]

    @contextmanager
    def _locked_model(self) -> Iterator[Any]:
        check_not_forked()
        model = self._model
        with self._lock:
            yield model

    @cached_property
    def _counter(self) -> TokenCounter:
        file = self._folder.path / "tokenizer.json"
        if not file.is_file():
            raise ModelDamaged(f"{self._folder.path} has no tokenizer.json: save the model with a fast tokenizer.")
        return TokenCounter(file)

    @cached_property
    def _prompts_possible(self) -> bool:  # spares loading the model to ask for a prompt
        config = self._folder.path / "config_sentence_transformers.json"
        return config.is_file() and '"prompts"' in config.read_text(encoding="utf-8")

    @cached_property
    def _document_prompt(self) -> str:
        # encode_document would take an empty "document", which every model has, before a "passage" that says something
        prompts = self._model.prompts or {}
        return next((str(prompts[name]) for name in ("document", "passage", "corpus") if prompts.get(name)), "")

    @cached_property
    def _pools_by_mean(self) -> bool:
        modules = list(self._model)
        pooling = modules[1] if len(modules) > 1 else None
        means = getattr(pooling, "pooling_mode", None) == "mean" and getattr(pooling, "include_prompt", True)
        return means and bool(getattr(self._model.tokenizer, "is_fast", False))

    @property
    def _model(self) -> Any:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = _load_model(self._folder)
        return self._loaded

    def _encode_pooled(self, model: Any, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """One pass: token vectors averaged over the passage and over each sentence's tokens."""
        import torch

        prompt = self._document_prompt
        texts = [prompt + passage.embedded for passage in passages]
        limits: dict[str, Any] = {"padding": True, "truncation": True, "max_length": model.max_seq_length}
        features = model.tokenizer(texts, return_offsets_mapping=True, return_tensors="pt", **limits)
        offsets = features.pop("offset_mapping").numpy()
        modules = list(model)
        with torch.inference_mode():
            features = {key: value.to(model.device) for key, value in features.items()}
            features = modules[0](features)
            tokens = features["token_embeddings"].float()
            whole = self._finish(modules[1:], features)
            sums = torch.cat([torch.zeros_like(tokens[:, :1]), tokens.cumsum(dim=1)], dim=1)
            pooled, counts = [], []
            for row, passage in enumerate(passages):
                starts = len(prompt) + passage.offset + np.array(passage.sentences, dtype=np.int64).reshape(-1, 2)
                first, last = _token_ranges(offsets[row], starts)
                pooled.append(sums[row, last] - sums[row, first])
                counts.append(torch.from_numpy(last - first).to(tokens.device))
            number = torch.cat(counts)
            means = torch.cat(pooled) / number.clamp(min=1)[:, None]
            rows = self._finish(modules[2:], {"sentence_embedding": means}) if len(means) else means
            rows = rows * (number > 0)[:, None]
        return _by_passage(passages, whole.cpu().numpy(), rows.cpu().numpy())

    def _encode_separately(self, model: Any, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        sentences = (passage.text[start:end] for passage in passages for start, end in passage.sentences)
        texts = [*(passage.embedded for passage in passages), *map(replace_surrogates, sentences)]
        rows = model.encode_document(
            texts, prompt=self._document_prompt, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return _by_passage(passages, rows[: len(passages)], rows[len(passages) :])

    @staticmethod
    def _finish(modules: Sequence[Any], features: dict[str, Any]) -> Any:
        import torch

        for module in modules:
            features = module(features)
        return torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1)


def _by_passage(passages: Sequence[PassageInput], whole: Any, sentences: Any) -> list[PassageVectors]:
    """``sentences``: the vectors of all sentences of all passages, one after another."""
    ends = np.cumsum([len(passage.sentences) for passage in passages])
    parts = np.split(np.asarray(sentences, np.float32), ends[:-1])
    return [PassageVectors(*vectors) for vectors in zip(np.asarray(whole, np.float32), parts, strict=True)]


def _token_ranges(offsets: NDArray[np.int64], spans: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and one past the last token of each span; equal where no token lies in it.

    ``offsets``: ``(tokens, 2)`` characters of each token; special and padding tokens have (0, 0).
    """
    real = np.flatnonzero(offsets[:, 1] > offsets[:, 0])
    first = np.searchsorted(offsets[real, 0], spans[:, 0], side="left")
    last = np.maximum(np.searchsorted(offsets[real, 0], spans[:, 1], side="left"), first)
    bounds = np.append(real, real[-1] + 1 if len(real) else 0)
    return bounds[first], np.where(last > first, bounds[np.maximum(last - 1, 0)] + 1, bounds[first])


def _load_model(folder: ModelFolder) -> Any:
    folder.verify()
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(str(folder.path), local_files_only=True)
    except Exception as error:
        raise ModelDamaged(f"the model in {folder.path} cannot be loaded: {error}") from error
    return model.eval()
