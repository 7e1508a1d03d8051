"""Every benchmark runs, on tiny data and mostly without a model."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path

import pytest

from benchmarks import (
    bootstrap,
    confidence,
    formats,
    page,
    pdf_tables,
    questions,
    retrieval,
    speed,
    support,
    txtai_hybrid,
    weights,
)
from benchmarks.libraries import build, targets
from embeddings import HashingEncoder
from qa import Library
from tests.benchmarks.labelled_sets import write_sets


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sets(tmp_path_factory.mktemp("benchmarks") / "data")


def options(data: Path, tmp_path: Path, *more: str) -> list[str]:
    return [*more, "--data", str(data), "--cache", str(tmp_path)]


# --- labelled sets ----------------------------------------------------------------------------------------------------


def test_the_labelled_spans_are_those_of_the_text_in_the_library(data: Path, tmp_path: Path) -> None:
    """Of a paragraph set and of one whose evidence is given."""
    for name in ("squad11", "nq_whole"):
        loaded = questions.load(name, "tune", data=data)
        with build(loaded, tmp_path, HashingEncoder()) as library:
            found = list(targets(loaded.questions, library))
        assert len(found) == 12
        for question, target in found:
            assert [target.document.text[start:end] for start, end in target.spans] == list(question.answers)
            ((start, end),) = target.spans
            assert target.is_in(target.document.id, start - 5, end + 5)
            assert not target.is_in(target.document.id, start + 1, end + 5)
            assert not target.is_in("another", start, end)


def test_wiki_has_the_documents_of_its_sets_and_distractors(data: Path) -> None:
    wiki = questions.load("wiki1000", "tune", distractors=5, data=data)
    assert (len(wiki.documents), len(wiki.questions)) == (3 * 12 + 5 + 12, 3 * 12)


def test_a_sample_is_the_same_at_every_call(data: Path) -> None:
    loaded = questions.load("squad11", "tune", data=data)
    assert loaded.sample(4) == loaded.sample(4) != loaded.sample(4, seed=1)
    assert loaded.sample(None) == loaded.sample(100) == list(loaded.questions)


def test_an_interval_lies_around_its_mean() -> None:
    mean, low, high = bootstrap.interval([0.0, 1.0] * 50)
    assert 0.35 < low < mean == 0.5 < high < 0.65
    assert bootstrap.in_words([]) == "nan [nan, nan]"
    assert bootstrap.auroc([0.9, 0.5], [0.5, 0.1]) == 3.5 / 4


# --- what they print --------------------------------------------------------------------------------------------------


def test_retrieval_prints_each_set_of_questions(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    retrieval.main(options(data, tmp_path, "squad11:tune", "wiki:tune", "--most", "20"), HashingEncoder())
    shown = capsys.readouterr().out
    assert re.findall(r"^(\S.*): n = \d+$", shown, re.MULTILINE) == [
        "squad11:tune", "wiki:tune, clapnq", "wiki:tune, nq_whole", "wiki:tune, squad11"
    ]  # fmt: skip
    assert shown.count("AUROC of the confidence") == 4
    retrieval.main(options(data, tmp_path, "covidqa:all", "--once"), HashingEncoder())
    assert "AUROC" not in capsys.readouterr().out


def test_confidence_is_shown_and_fitted(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    confidence.main(options(data, tmp_path, "squad11:tune"), HashingEncoder())
    assert "without a reader: n = 24, 12 with the answering document" in capsys.readouterr().out
    confidence.main(options(data, tmp_path, "squad11:tune", "--fit", "--size", "10"), HashingEncoder())
    assert re.search(r"fitted, without a reader: \[(-?[\d.]+(, )?){4}\]", capsys.readouterr().out)


@pytest.mark.corpus
@pytest.mark.filterwarnings("ignore")  # of transformers, to its own authors
def test_the_readers_weights_and_confidence_are_measured(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERBATIM_READER", "default")
    weights.main(options(data, tmp_path, "squad11:tune", "--most", "3"), HashingEncoder())
    shown = capsys.readouterr().out
    assert "squad11:tune: n = 3" in shown
    assert len(re.findall(r"^0\.0\d\d +0\.\d\d", shown, re.MULTILINE)) == 30
    confidence.main(options(data, tmp_path, "squad11:tune", "--most", "3"), HashingEncoder())
    assert "with the reader: n = 6, 3 with the answering document" in capsys.readouterr().out


def test_support_is_judged_by_kind_and_timed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    support.main(["--data", str(data), "--part", "tune"])
    shown = capsys.readouterr().out
    assert {"true", "number", "name", "denied", "added", "other passage"} <= set(re.findall(r"^ *(\S.*):", shown, re.M))
    assert "recall 1.000" in shown
    support.main(["--data", str(data), "--part", "tune", "--time"])
    assert "12 answers of" in capsys.readouterr().out


def test_formats_lists_what_was_read_and_what_was_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = tmp_path / "formats.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in (("a/good.txt", b"One sentence of a text."), ("a/broken.pdf", b"%PDF-1.4 broken")):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    formats.main(["--archive", str(archive), "--show"])
    shown = capsys.readouterr().out
    assert "FileUnreadable" in shown and "'One sentence of a text.'" in shown
    assert re.search(r"2 files in [\d.]+ s: 1 FileUnreadable, 1 read", shown)


# --- speed ------------------------------------------------------------------------------------------------------------


def test_searching_and_asking_are_timed(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "documents").mkdir()
    assert speed.write_markdown(tmp_path / "documents", 40, 20) > 10_000
    with Library.open(tmp_path / "library", encoder=HashingEncoder(speed._DIM)) as library:
        library.add(tmp_path / "documents")
        assert library.stats().passages > 20
    speed.measure(tmp_path / "library", 5)
    assert "search p50" in capsys.readouterr().out
    speed.asking(tmp_path / "library", "squad11:tune", 2, data, HashingEncoder(speed._DIM))
    assert re.search(r"2 questions of squad11:tune\nsearch +p50", capsys.readouterr().out)


def test_removing_is_timed_while_others_search_and_save(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    speed.removing(100, tmp_path, idle=0.0)
    assert capsys.readouterr().out.count(" 0 refused") == 6


@pytest.mark.corpus
def test_adding_and_encoding_are_timed(capfd: pytest.CaptureFixture[str]) -> None:
    for arguments in (["adding", "--passages", "40"], ["encoding", "--passages", "4"], ["whole", "--passages", "4"]):
        speed.main(arguments)
    shown = capfd.readouterr().out
    assert "2 files" in shown and "again: " in shown and "4 passages: Sen" in shown and "outside the model" in shown


@pytest.mark.corpus
def test_people_who_ask_the_page_at_once_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    samples = Path(__file__).parents[2] / "qa" / "samples" / "docs"
    page.main([str(samples), "--people", "3", "--only", "people"])
    shown = capsys.readouterr().out
    assert '"people": 3' in shown and '"errors": []' in shown


@pytest.mark.corpus
def test_txtai_is_measured_on_the_same_paragraphs(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("txtai", reason="txtai is not installed (see benchmarks/txtai_hybrid.py)")
    txtai_hybrid.main(options(data, tmp_path, "squad11:tune"))
    assert "squad11:tune: 12 paragraphs, n = 12" in capsys.readouterr().out


def test_rows_of_tables_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    pdf_tables.main([])
    assert capsys.readouterr().out.count("precision 1.000") == 2
