"""Where a known answer got lost: each stage with a real library that loses it there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library, Settings
from qa.diagnosis import STAGE_WORDS, STAGES, Diagnosis
from qa.errors import QuestionError
from tests.helpers import write

QUESTION = "How tall is the iron tower?"
TOWER = "# The Tower\n\nThe iron tower was built in 1887. The iron tower is 330 metres tall.\n"


def library_of(folder: Path, files: dict[str, str | bytes], **settings: float) -> Library:
    library = Library.open(folder / "library", settings=Settings(**settings), encoder=HashingEncoder())  # type: ignore[arg-type]
    library.add(write(folder / "docs", files))
    return library


def assert_occurrences_are_slices(library: Library, found: Diagnosis) -> None:
    for each in found.occurrences:
        assert library.document(each.document_id).text[each.start : each.end] == each.words


def test_words_that_stand_in_no_document_were_not_read_and_what_was_not_is_named(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"tower.md": TOWER, "broken.pdf": b"%PDF-1.4 broken", "notes.xyz": "324 metres"}
    found = library_of(tmp_path, files).why(QUESTION, "324 metres")
    assert (found.stage, found.occurrences) == ("not_read", ())
    assert {Path(each.path).name: each.reason for each in found.unread} == {
        "broken.pdf": "not in the library: it could not be read, or is new (qa sync)",
        "notes.xyz": "no reader for .xyz files",
    }


def test_words_in_a_block_that_is_not_indexed_are_in_no_passage(tmp_path: Path) -> None:
    repeated = "Confidential draft of the works council\n" * 40
    library = library_of(tmp_path, {"tower.md": TOWER, "log.txt": f"{repeated}\n\nThe rest is something else.\n"})
    (log,) = library.sources(["log.txt"])
    assert [block.kind for block in library.document(log.document_id).blocks if not block.indexed] == ["noise"]
    found = library.why("What is confidential?", "confidential draft")
    assert found.stage == "not_indexed" and "“noise”" in found.reason
    assert {each.passage_id for each in found.occurrences} == {None}
    assert_occurrences_are_slices(library, found)


def test_a_passage_beyond_the_candidates_of_both_indexes_is_no_candidate(tmp_path: Path) -> None:
    """Ten are looked at even with fewer candidates, because ten are shown."""
    files: dict[str, str | bytes] = {f"{n}.txt": f"How tall is the iron tower? {n}" for n in range(12)}
    files["last.txt"] = "Of the tower one says in many other words that it has 330 metres."
    found = library_of(tmp_path, files, candidates=1).why(QUESTION, "330 metres")
    (each,) = found.occurrences
    assert found.stage == "not_a_candidate"
    assert (each.rank, each.words_rank, each.meaning_rank) == (None, 13, 13)
    assert found.reason == (
        "Their passage is number 13 by words and number 13 by meaning; the first 10 of each are looked at."
    )


def test_a_candidate_below_those_that_are_read_is_ranked_under(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n:02}.txt": f"How tall is the iron tower? {n}" for n in range(12)}
    files["last.txt"] = "Of the tower one says in many other words that it has 330 metres."
    found = library_of(tmp_path, files).why(QUESTION, "330 metres")
    (each,) = found.occurrences
    assert (found.stage, each.rank, each.words_rank) == ("ranked_under", 13, 13)
    assert each.score is not None and each.cosine is not None
    assert found.reason == "Their passage is number 13; the first 10 are read."


def test_a_passage_that_was_read_while_other_words_were_quoted_is_not_quoted(tmp_path: Path) -> None:
    library = library_of(tmp_path, {"tower.md": TOWER}, max_quotes=1, threshold=0.0)
    found = library.why(QUESTION, "built in 1887")
    assert (found.stage, found.occurrences[0].rank) == ("not_quoted", 1)
    assert_occurrences_are_slices(library, found)


def test_an_answer_under_the_threshold_is_held_back(tmp_path: Path) -> None:
    found = library_of(tmp_path, {"tower.md": TOWER}, threshold=1.0).why(QUESTION, "330 metres")
    assert (found.stage, found.answer.status) == ("under_threshold", "not_found")
    assert "under the threshold of 1.00" in found.reason


def test_an_answer_that_quotes_the_words_is_found(tmp_path: Path) -> None:
    found = library_of(tmp_path, {"tower.md": TOWER}, threshold=0.0).why(QUESTION, "330 METRES  tall")
    assert (found.stage, found.answer.status) == ("found", "answered")
    assert found.occurrences[0].words == "330 metres tall"
    assert found.occurrences[0].line == 3


def test_the_place_that_came_furthest_decides(tmp_path: Path) -> None:
    library = library_of(tmp_path, {"tower.md": TOWER, "other.md": "Cows give 330 metres of rope.\n"}, threshold=0.0)
    found = library.why(QUESTION, "330 metres")
    assert found.stage == "found"
    assert [Path(each.source.path).name for each in found.occurrences] == ["tower.md", "other.md"]


def test_words_across_two_passages_are_followed_in_both(tmp_path: Path) -> None:
    sentences = " ".join(f"Sentence {n} tells of the tower at some length and in many words." for n in range(20))
    library = library_of(tmp_path, {"long.txt": sentences}, passage_chars=300, threshold=0.0)
    first, second = library.passages(library.sources()[0].document_id)[:2]
    expected = " ".join([*first.text.split()[-3:], *second.text.split()[:2]])
    found = library.why("What is told of the tower?", expected)
    assert "They lie across 2 passages." in found.reason
    assert found.occurrences[0].passage_id in (first.id, second.id)


@pytest.mark.parametrize("expected", ["", "  ", "?!"])
def test_expected_words_must_have_words(tmp_path: Path, expected: str) -> None:
    with pytest.raises(QuestionError, match="have no words in them"):
        library_of(tmp_path, {"tower.md": TOWER}).why(QUESTION, expected)


def test_every_stage_has_its_words_and_the_values_are_json(tmp_path: Path) -> None:
    assert set(STAGE_WORDS) == set(STAGES)
    found = library_of(tmp_path, {"tower.md": TOWER}).why(QUESTION, "330 metres")
    assert json.loads(json.dumps(found.to_dict()))["occurrences"][0]["words"] == "330 metres"
