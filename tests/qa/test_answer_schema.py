"""``docs/answer.schema.json`` describes exactly what ``Answer.to_dict`` gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from embeddings import HashingEncoder
from qa import Answer, Library, Statement
from qa.codec import from_json
from qa.types import Note
from qa.types.schema import answer_schema
from tests.helpers import write

ROOT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "answer.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Documents with lines, pages, and neither."""
    folder = tmp_path_factory.mktemp("schema")
    tower = "# The Tower\n\n## Height\n\nThe iron tower is 330 metres tall.\n"
    samples = [ROOT / "qa" / "samples" / "docs" / name for name in ("metric-system.pdf", "planets.xlsx")]
    with Library.open(folder / "library", encoder=HashingEncoder()) as library:
        library.add([write(folder / "docs", {"tower.md": tower}), *samples])
        yield library


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("How tall is the iron tower?", "answered"),
        ("When was the Metre Convention signed?", "answered"),
        ("Which planet turns the other way round and has no moon?", "answered"),
        ("What do marmosets eat in winter?", "not_found"),
    ],
)
def test_real_answers_validate(filled: Library, question: str, status: str) -> None:
    answer = filled.ask(question).to_dict()
    assert answer["status"] == status
    VALIDATOR.validate(json.loads(json.dumps(answer)))


def test_an_empty_library_and_missing_vectors_validate(library: Library, tmp_path: Path) -> None:
    VALIDATOR.validate(library.ask("How tall is the tower?").to_dict())
    library.add(write(tmp_path / "docs", {"a.txt": "The tower is 330 metres tall."}), vectors=False)
    answer = library.ask("How tall is the tower?").to_dict()
    assert "vectors_waiting" in {note["code"] for note in answer["notes"]}
    VALIDATOR.validate(answer)


def test_a_written_answer_validates(filled: Library) -> None:
    """The parts that quoting alone never fills."""
    answer = filled.ask("How tall is the iron tower?")
    statements = tuple(Statement("It is.", (1,), status) for status in ("supported", "unsupported", "struck"))
    written = Answer(
        answer.question,
        "answered",
        1.0,
        statements=statements,
        citations=answer.citations,
        short="330 metres",
        notes=(Note("page_without_text", "Page 1 has no text.", 1),),
    )
    assert list(VALIDATOR.iter_errors(written.to_dict())) == []


def test_the_published_schema_is_that_of_the_types() -> None:
    """``python -m qa.types.schema > docs/answer.schema.json`` brings it up to date."""
    assert answer_schema() == SCHEMA


def test_an_answer_comes_back_from_its_json(filled: Library) -> None:
    answer = filled.ask("How tall is the iron tower?")
    values = json.loads(json.dumps(answer.to_dict()))
    assert from_json(Answer, values).to_dict() == values
    assert from_json(Answer, values).citations == answer.citations


def test_the_schema_is_strict_and_every_property_is_described() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    objects = [SCHEMA, *(part for part in SCHEMA["$defs"].values() if part["type"] == "object")]
    for part in objects:
        assert part["additionalProperties"] is False
        assert set(part["required"]) == part["properties"].keys()


def test_values_of_another_kind_are_refused(filled: Library) -> None:
    answer = filled.ask("How tall is the iron tower?").to_dict()
    with pytest.raises(ValidationError):
        VALIDATOR.validate({**answer, "status": "maybe"})
    with pytest.raises(ValueError, match="status"):
        from_json(Answer, {**answer, "status": "maybe"})
