"""``qa chat``: what it serves, and where the samples go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from qa.cli.chatting import SAMPLES, sample_questions
from tests.qa.cli.command_line import command_line


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What ``chat`` asks to be served; nothing is."""
    options: dict[str, Any] = {}

    def serve(library: Library, **given: object) -> None:
        options.update(given, folder=library.folder)
        raise KeyboardInterrupt

    monkeypatch.setattr("qa.web.server.serve", serve)
    return options


def test_chat_serves_the_library(tmp_path: Path, served: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    chat = command_line(monkeypatch)
    chat("chat", tmp_path / "docs", "--port", "0", "--no-open", "--library", tmp_path / "library")
    assert served == {
        "folder": tmp_path / "library",
        "paths": [tmp_path / "docs"],
        "host": "127.0.0.1",
        "port": 0,
        "open_browser": False,
        "examples": (),
    }


def test_the_samples_have_a_library_of_their_own(
    tmp_path: Path, served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setattr("qa.cli.chatting.user_cache_path", lambda *_, **__: cache)
    command_line(monkeypatch)("chat", "--samples", tmp_path / "mine")
    assert served["folder"] == cache / "samples-library"
    assert served["paths"] == [SAMPLES / "docs", tmp_path / "mine"]
    assert len(served["examples"]) == 3


def test_three_sample_questions_come_from_different_files(tmp_path: Path) -> None:
    """And only such as can be answered."""
    entries = [("a.md", True), ("a.md", True), ("b.md", False), ("c.md", True), ("d.md", True), ("e.md", True)]
    lines = [
        json.dumps({"question": f"Question {number}?", "file": file, "answerable": answerable})
        for number, (file, answerable) in enumerate(entries)
    ]
    (tmp_path / "questions.jsonl").write_text("\n".join(lines), "utf-8")
    assert sample_questions(tmp_path / "questions.jsonl") == ("Question 0?", "Question 3?", "Question 4?")
