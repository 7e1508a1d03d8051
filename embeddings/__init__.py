"""Texts, vectors and integer rows. Knows nothing of documents, questions or citations.

Public names; heavy libraries are imported only when a function of theirs is called.
"""

from embeddings.dense import DenseIndex
from embeddings.encoder import (
    Encoder,
    HashingEncoder,
    PassageInput,
    PassageVectors,
    SentenceEncoder,
)
from embeddings.errors import EmbeddingsError, IndexDamaged, ModelDamaged, ModelNotFound
from embeddings.fusion import fuse
from embeddings.models import DEFAULT_MODEL, ModelFolder, find_model
from embeddings.quantize import pack_rows, pack_vector, unpack_rows, unpack_vector
from embeddings.sparse import SparseIndex, SparseRow, content_terms, has_words, index_terms
from embeddings.tokens import TokenCounter

__all__ = [
    "DEFAULT_MODEL",
    "DenseIndex",
    "EmbeddingsError",
    "Encoder",
    "HashingEncoder",
    "IndexDamaged",
    "ModelDamaged",
    "ModelFolder",
    "ModelNotFound",
    "PassageInput",
    "PassageVectors",
    "SentenceEncoder",
    "SparseIndex",
    "SparseRow",
    "TokenCounter",
    "content_terms",
    "find_model",
    "fuse",
    "has_words",
    "index_terms",
    "pack_rows",
    "pack_vector",
    "unpack_rows",
    "unpack_vector",
]
