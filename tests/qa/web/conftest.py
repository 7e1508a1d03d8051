"""A real library with a real page on it, no model needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from embeddings import HashingEncoder
from qa.library import Library
from qa.settings import Settings
from qa.web.background import Background
from qa.web.server import build_app

TOWER = """# The Tower

The iron tower was built between 1887 and 1889. 😀😀 The iron tower is 330 metres tall.

## Visitors

The tower has three levels for visitors. Restaurants are on the first level and the second level.
"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """One document, found and encoded."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "tower.md").write_text(TOWER, "utf-8")
    settings = Settings(library=tmp_path / "library")
    opened = Library.open(settings.library, settings=settings, encoder=HashingEncoder())
    opened.add([documents])
    yield opened
    opened.close()


@pytest.fixture
def background(library: Library) -> Background:
    """Not started: the model counts as not loaded yet."""
    return Background(library)


@pytest.fixture
def client(library: Library, background: Background) -> Iterator[TestClient]:
    """The whole page, Gradio and guard included."""

    async def build() -> ASGIApp:
        """Inside a running event loop, because Gradio makes and forgets loops of its own outside of one."""
        return build_app(library, background, examples=("How tall is the tower?",))

    app = asyncio.run(build())
    with TestClient(app, base_url="http://127.0.0.1:7860", raise_server_exceptions=False) as client:
        yield client
