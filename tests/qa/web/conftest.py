"""A real library with a real background, no model needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.library import Library
from qa.web.jobs import Background
from tests.helpers import tower_library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """One document, found and encoded."""
    with tower_library(tmp_path) as opened:
        yield opened


@pytest.fixture
def background(library: Library) -> Background:
    """Not started: the model counts as not loaded yet."""
    return Background(library)


@pytest.fixture
def routes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """``build_app`` leaves Gradio's part out, which takes half a second of processor time."""
    monkeypatch.setattr("qa.web.gradio_bridge.mount", lambda app, chat: None)
