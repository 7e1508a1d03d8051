"""The memory for what is worked out word by word."""

from __future__ import annotations

import pytest

from embeddings.word_memory import WordMemory


def test_a_word_is_worked_out_once() -> None:
    asked: list[str] = []

    def length(word: str) -> int:
        asked.append(word)
        return len(word)

    memory = WordMemory(length)
    assert [memory[word] for word in ["heron", "stork", "heron"]] == [5, 5, 5]
    assert asked == ["heron", "stork"]


def test_it_is_bounded_also_where_a_word_is_a_whole_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embeddings.word_memory._MAX_CHARS", 1000)
    memory = WordMemory(lambda word: word * 2)
    for number in range(500):
        assert memory[f"line{number}"] == f"line{number}" * 2
        assert sum(len(word) + len(value) for word, value in memory.items()) <= 1000
    assert memory["x" * 5000] == "x" * 10_000 and len(memory) == 1
