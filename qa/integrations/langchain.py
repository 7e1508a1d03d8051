"""A library as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, SkipValidation

from qa.types import Hit


class Searchable(Protocol):
    """The part of ``Library`` that is used here; this module must not import it."""

    def search(
        self, question: str, k: int = 10, *, documents: Sequence[Any] | None = None, where: Any = None
    ) -> list[Hit]:
        """As ``Library.search``."""


class LibraryRetriever(BaseRetriever):
    """Retrieves passages as LangChain documents; created by ``Library.as_retriever``."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: SkipValidation[Searchable]
    k: int = Field(4, ge=1)
    """Number of passages to return; ``invoke(question, k=…)`` overrides it."""
    documents: Sequence[Any] | None = None
    where: Mapping[str, Any] | None = None
    """Filters as in ``Library.search``."""

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        hits = self.library.search(query, self.k if k is None else k, documents=self.documents, where=self.where)
        return [_document(hit) for hit in hits]


def _document(hit: Hit) -> Document:
    return Document(
        id=str(hit.passage.id),
        page_content=hit.passage.text,
        metadata={
            "source": hit.source.path,
            "title": hit.source.title,
            "document_id": hit.passage.document_id,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "section": hit.passage.heading,
            "page": hit.page,
            "line": hit.line,
            "score": hit.score,
        },
    )
