"""The embedding model of one library: found when it is first needed, and the one that its vectors were made with."""

from __future__ import annotations

import shlex
import threading

import numpy as np
from numpy.typing import NDArray

from embeddings import DEFAULT_MODEL, EmbeddingsError, Encoder, SentenceEncoder, find_model
from qa.errors import ModelError, ModelMismatch
from qa.storage.store import Store


class LibraryModel:
    """The embedding model of one library. Thread-safe."""

    def __init__(self, store: Store, wanted: str | None, given: Encoder | None) -> None:
        """``wanted``: a model's name; None: the one the library was made with, else the default. ``given``: used
        instead."""
        self._store, self._wanted, self._found = store, wanted, given
        self._lock = threading.Lock()

    @property
    def made_with(self) -> str | None:
        """The name of the encoder that the library's vectors were made with; None before there are any."""
        return self._store.meta("model")

    @property
    def name(self) -> str:
        """The model that the settings, else the library name, else the default one."""
        made_with, _, _ = (self.made_with or "").rpartition("@")
        return self._wanted or made_with or DEFAULT_MODEL

    @property
    def loaded(self) -> bool:
        """True if it is in memory."""
        return self._found is not None and self._found.loaded

    @property
    def _advice(self) -> str:
        """Why a model was not looked for everywhere."""
        if self.name == DEFAULT_MODEL:
            return ""
        named = f"--model {shlex.quote(self.name)}"
        return (
            f" Only the library in {self._store.location} names it, so it is neither fetched nor loaded from a folder. "
            f"If you trust it, name it, too: {named} (or VERBATIM_MODEL). Else make vectors with the default again: "
            f"qa check --reencode --model {DEFAULT_MODEL}"
        )

    @property
    def encoder(self) -> Encoder:
        """The encoder, found at first use. Raises ``ModelError``."""
        with self._lock:
            if self._found is None:
                try:
                    self._found = SentenceEncoder(find_model(self.name, stored=not self._wanted))
                except EmbeddingsError as error:
                    raise ModelError(f"{error}{'' if self._wanted else self._advice}") from error
            return self._found

    def checked(self) -> Encoder:
        """The encoder, when it fits the library's vectors. Raises ``ModelMismatch`` or ``ModelError``."""
        made_with, encoder = self.made_with, self.encoder  # the store first: in a fork, it raises and a lock may hang
        if made_with not in (None, encoder.name) and self._store.passage_count():
            raise ModelMismatch(
                f"the library in {self._store.location} was made with the model {made_with}, not with "
                f"{encoder.name}. Switch to the new model with `qa check --reencode` (Library.reencode()), or name the "
                "library's own."
            )
        return encoder

    def encode_question(self, question: str) -> NDArray[np.float32]:
        """Raises ``ModelMismatch`` or ``ModelError``."""
        encoder = self.checked()
        try:
            return encoder.encode_question(question)
        except EmbeddingsError as error:
            raise ModelError(str(error)) from error
