"""What an answer is made of when a reader has read the passages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library, Settings
from qa.answering.reading import behind
from qa.loaders import FileReader
from qa.reader import AnswerSpan, Calibration, Reader, ReaderInput, Reading
from tests.helpers import assert_quotes_are_slices, write
from tests.qa.loaders.ocr.scans import file_of, line, needs_ocr, picture, scan

NUMBER = re.compile(r"\d[\d,.]*\d|\d")


class NumberReader(Reader):
    """Believes in numbers, the more of the question's words stand in the same sentence."""

    calibration = Calibration(order_weight=0.05, unit_share=0.6)
    loaded = True

    def load(self) -> None:
        """Nothing to load."""

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[Reading]:
        words = set(re.findall(r"\w{4,}", question.lower()))
        readings = []
        for passage in passages:
            spans = []
            for match in NUMBER.finditer(passage.text):
                sentence = passage.text[passage.text.rfind("\n", 0, match.start()) + 1 : match.end() + 40]
                shared = len(words & set(re.findall(r"\w{4,}", sentence.lower())))
                spans.append(AnswerSpan(match.start(), match.end(), 2.0 * shared - 1.0))
            readings.append(Reading(tuple(sorted(spans, key=lambda span: -span.score)[:5])))
        return readings


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    docs = {
        "lease.md": "# Lease\n\nThe notice period is 30 days. Rent is due on the 1 of each month.\n",
        "draft.md": "# Draft\n\nThe notice period is 60 days.\n",
        "cats.md": "# Cats\n\nCats sleep most of the day. They are kept as pets.\n",
    }
    settings = Settings(threshold=0.0)
    with Library.open(tmp_path / "l", encoder=HashingEncoder(), reader=NumberReader(), settings=settings) as opened:
        opened.add(write(tmp_path / "docs", docs))
        yield opened


def test_a_question_for_a_fact_gets_the_words_and_their_sentence(library: Library) -> None:
    answer = library.ask("How long is the notice period of the lease?", documents=["lease.md"])
    assert answer.short == "30"
    first = answer.citations[0]
    assert "The notice period is 30 days." in first.quote
    start, end = first.spans[0]
    assert library.document(first.document_id).text[start:end] == "30"
    assert_quotes_are_slices(library, answer)


def test_two_places_that_say_different_numbers_are_both_shown(library: Library) -> None:
    answer = library.ask("How long is the notice period?")
    shown = " ".join(citation.quote for citation in answer.citations[:2])
    assert "30 days" in shown and "60 days" in shown
    assert len({citation.document_id for citation in answer.citations[:2]}) == 2


def test_a_yes_or_no_question_gets_the_deciding_sentence_and_no_words(library: Library) -> None:
    answer = library.ask("Is the notice period 30 days?", documents=["lease.md"])
    assert answer.short is None
    assert all(citation.spans == () for citation in answer.citations)
    assert "The notice period is 30 days." in answer.citations[0].quote
    assert not re.match(r"(?i)(yes|no)\b", answer.text)


def test_where_the_reader_finds_nothing_the_sentences_answer(library: Library) -> None:
    answer = library.ask("What do cats sleep most of?", documents=["cats.md"])
    assert answer.short is None
    assert "Cats sleep most of the day." in answer.citations[0].quote


def test_the_passages_come_in_the_readers_order(library: Library) -> None:
    answer = library.ask("notice period in days")
    scores = [hit.detail.reader for hit in answer.hits if hit.detail.reader is not None]
    assert len(scores) == len(answer.hits) == 3
    ranks = [hit.score - 0.05 * min(max(scores) - score, 6.0) for hit, score in zip(answer.hits, scores, strict=True)]
    assert ranks == sorted(ranks, reverse=True)


def test_reading_leaves_the_score_of_the_search(library: Library) -> None:
    found = {hit.passage.id: hit.score for hit in library.search("notice period in days")}
    assert {hit.passage.id: hit.score for hit in library.ask("notice period in days").hits} == found


def test_a_passage_that_was_not_read_is_as_good_as_a_score_of_nought() -> None:
    assert behind(None, 4.0) == 4.0
    assert behind(None, -3.0) == 0.0
    assert behind(1.0, 4.0) == 3.0
    assert behind(-30.0, 4.0) == 6.0
    assert behind(-30.0, -30.0) == 0.0


def test_a_passage_whose_words_cross_cells_counts_as_the_readers_no(tmp_path: Path) -> None:
    class AcrossCells(NumberReader):
        def read(self, question: str, passages: Sequence[ReaderInput]) -> list[Reading]:
            return [Reading((AnswerSpan(0, len(passage.text), 5.0),)) for passage in passages]

    docs = {
        "moons.md": "| Planet | Moons |\n|---|---|\n| Mars | 2 |\n| Earth | 1 |\n",
        "mars.md": "Mars has 2 moons.\n",
    }
    with Library.open(tmp_path / "l", encoder=HashingEncoder(), reader=AcrossCells()) as library:
        library.add(write(tmp_path / "docs", docs))
        hits = {hit.source.title: hit for hit in library.ask("How many moons does Mars have?", threshold=0.0).hits}
        table, prose = hits["moons.md"], hits["mars.md"]
        assert prose.spans and prose.detail.reader == 5.0
        assert table.spans == () and table.detail.reader is not None and table.detail.reader < -20


def test_a_document_in_a_language_the_reader_does_not_know_keeps_its_score(tmp_path: Path) -> None:
    class English(NumberReader):
        calibration = Calibration(languages=frozenset({"en"}))

    german = (
        "Die Kündigungsfrist beträgt dreißig Tage, also 30 Tage, und beginnt mit dem Ende des Monats, in dem sie "
        "erklärt worden ist. Der Vermieter muss sie schriftlich bestätigen.\n"
    )
    with Library.open(tmp_path / "l", encoder=HashingEncoder(), reader=English()) as library:
        library.add(write(tmp_path / "docs", {"vertrag.md": german}))
        answer = library.ask("Wie lang ist die Kündigungsfrist?", threshold=0.0)
        (hit,) = answer.hits
        assert hit.document.language == "de"
        assert hit.spans == () and hit.detail.reader is None
        assert answer.short is None and answer.citations


def test_the_threshold_of_a_question_can_be_moved(library: Library) -> None:
    assert library.ask("How long is the notice period?", threshold=1.0).status == "not_found"
    assert library.ask("How long is the notice period?", threshold=0.0).status == "answered"


def test_the_reader_is_told_the_title_or_the_files_name_as_words(tmp_path: Path) -> None:
    seen: list[str] = []

    class Listening(NumberReader):
        def read(self, question: str, passages: Sequence[ReaderInput]) -> list[Reading]:
            seen.extend(passage.title for passage in passages)
            return super().read(question, passages)

    docs = {
        "annual_report-2021.txt": "The notice period is 30 days.",
        "b.md": "# Lease\n\n## Ends\n\nThe notice ends in May.",
    }
    with Library.open(tmp_path / "l", encoder=HashingEncoder(), reader=Listening()) as library:
        library.add(write(tmp_path / "docs", docs))
        library.ask("When does the notice end?")
    assert sorted(seen) == ["Lease › Ends", "annual report 2021"]


@needs_ocr
@pytest.mark.parametrize(("sure", "short", "noted"), [(0.97, "45", False), (0.4, None, True)])
def test_words_that_ocr_is_not_certain_of_are_quoted_but_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sure: float, short: str | None, noted: bool
) -> None:
    found = scan(line("The notice period of the scan is"), line("45", left=300, sure=sure))
    monkeypatch.setattr(FileReader, "scan", lambda _reader, _path, _page: found)
    settings = Settings(threshold=0.0)
    with Library.open(tmp_path / "l", encoder=HashingEncoder(), reader=NumberReader(), settings=settings) as opened:
        opened.add(write(tmp_path / "docs", {"scan.png": file_of(picture("45"), "PNG")}))
        answer = opened.ask("How long is the notice period of the scan?")
    assert answer.short == short
    assert "45" in answer.citations[0].quote
    assert ("uncertain_words" in [note.code for note in answer.notes]) is noted
