"""Texts, vectors and integer rows. Knows nothing of documents, questions or citations.

The public names load at first use, and heavy libraries when a function of theirs is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embeddings.dense import DenseIndex
    from embeddings.encoder import Encoder, PassageInput, PassageVectors, SentenceEncoder
    from embeddings.errors import (
        EmbeddingsError,
        ForkedProcess,
        IndexBusy,
        IndexDamaged,
        ModelDamaged,
        ModelNotFound,
        check_not_forked,
    )
    from embeddings.fusion import fuse
    from embeddings.hashing import HashingEncoder
    from embeddings.models import DEFAULT_MODEL, ModelFolder, find_model
    from embeddings.quantize import pack_rows, pack_vector, unpack_rows, unpack_vector
    from embeddings.scripts import is_set_solid, is_unspaced, replace_surrogates
    from embeddings.sparse import SparseIndex, SparseRow, content_terms, has_words, index_terms
    from embeddings.tokens import TokenCounter

_HOMES = {
    "dense": ("DenseIndex",),
    "encoder": ("Encoder", "PassageInput", "PassageVectors", "SentenceEncoder"),
    "errors": (
        "EmbeddingsError",
        "ForkedProcess",
        "IndexBusy",
        "IndexDamaged",
        "ModelDamaged",
        "ModelNotFound",
        "check_not_forked",
    ),
    "fusion": ("fuse",),
    "hashing": ("HashingEncoder",),
    "models": ("DEFAULT_MODEL", "ModelFolder", "find_model"),
    "quantize": ("pack_rows", "pack_vector", "unpack_rows", "unpack_vector"),
    "scripts": ("is_set_solid", "is_unspaced", "replace_surrogates"),
    "sparse": ("SparseIndex", "SparseRow", "content_terms", "has_words", "index_terms"),
    "tokens": ("TokenCounter",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "DEFAULT_MODEL", "DenseIndex", "EmbeddingsError", "Encoder", "ForkedProcess", "HashingEncoder", "IndexBusy",
    "IndexDamaged", "ModelDamaged", "ModelFolder", "ModelNotFound", "PassageInput", "PassageVectors",
    "SentenceEncoder", "SparseIndex", "SparseRow", "TokenCounter", "check_not_forked", "content_terms", "find_model",
    "fuse", "has_words", "index_terms", "is_set_solid", "is_unspaced", "pack_rows", "pack_vector",
    "replace_surrogates", "unpack_rows", "unpack_vector",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
