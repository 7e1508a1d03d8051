"""Search by words: the analysis of text into terms, and a BM25 index of them on disk. Owns tantivy."""

from embeddings.sparse.analysis import content_terms, has_words, index_terms, question_terms
from embeddings.sparse.index import SparseIndex, SparseRow

__all__ = ["SparseIndex", "SparseRow", "content_terms", "has_words", "index_terms", "question_terms"]
