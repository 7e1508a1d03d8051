"""Gradio has two owners, one in Python (import-linter looks after it) and one in JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qa.web import gradio_bridge

STATIC = Path(gradio_bridge.__file__).parent / "static"
INSIDE = re.compile(
    r"#chat|#ask|\.(?:bot|user)-row|data-testid|gradio-app|MutationObserver|dispatchEvent\(new (?!Custom)"
)
"""Elements of Gradio's page, and the events that it is told with."""


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_only_the_bridge_knows_gradios_page(path: Path) -> None:
    assert bool(INSIDE.search(path.read_text("utf-8"))) is (path.name == "gradio_bridge.js")
