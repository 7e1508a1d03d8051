"""A library as a LangChain retriever passes LangChain's own tests, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests

from embeddings import HashingEncoder
from qa import Library, VerbatimError
from qa.integrations.langchain import LibraryRetriever
from tests.helpers import write

FILES = {
    f"bridge{n}.md": f"# Bridge {n}\n\nBridge {n} has {n} arches of stone. It was built by hand in {1800 + n}.\n"
    for n in range(1, 7)
}
QUESTION = "How many arches has the bridge?"

pytest.mark.asyncio(RetrieversIntegrationTests.test_ainvoke_returns_documents)  # in place: theirs has no mark


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Six documents, one passage each."""
    folder = tmp_path_factory.mktemp("langchain")
    with Library.open(folder / "library", encoder=HashingEncoder()) as library:
        library.add(write(folder / "docs", FILES))
        yield library


class TestLibraryRetriever(RetrieversIntegrationTests):
    """LangChain's standard tests of a retriever."""

    @pytest.fixture(autouse=True)
    def _library(self, bridges: Library) -> None:
        self.library = bridges

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return LibraryRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"library": self.library}

    @property
    def retriever_query_example(self) -> str:
        return QUESTION


def test_documents_have_their_location_as_metadata(bridges: Library) -> None:
    (found,) = bridges.as_retriever(k=1).invoke("Bridge 3 arches of stone")
    assert isinstance(found, Document)
    document = bridges.document(found.metadata["document_id"])
    assert document.text[found.metadata["start"] : found.metadata["end"]] == found.page_content
    assert found.metadata["title"] == "Bridge 3"
    assert Path(found.metadata["source"]).name == "bridge3.md"
    assert found.metadata["line"] == 1
    assert found.metadata["page"] is None


def test_filters_and_k_reach_the_search(bridges: Library) -> None:
    retriever = bridges.as_retriever(k=5, documents=["bridge2.md", "bridge4.md"])
    assert {found.metadata["title"] for found in retriever.invoke(QUESTION)} == {"Bridge 2", "Bridge 4"}
    assert len(bridges.as_retriever(where={"title": "bridge *"}, k=2).invoke(QUESTION)) == 2


def test_asynchronous_and_batch_calls_give_the_same_as_synchronous_ones(bridges: Library) -> None:
    """Asynchronous calls run in threads."""
    retriever = bridges.as_retriever(k=2)
    questions = [f"Bridge {n} arches of stone" for n in range(1, 7)]

    async def ask() -> list[list[Document]]:
        return await asyncio.gather(*(retriever.ainvoke(question) for question in questions))

    assert asyncio.run(ask()) == retriever.batch(questions) == [retriever.invoke(question) for question in questions]


def test_errors_pass_through(bridges: Library) -> None:
    with pytest.raises(VerbatimError, match="empty"):
        bridges.as_retriever().invoke(" ")
