"""Adding files: what is read, what is encoded, what is kept, and what becomes of each."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import qa.ingest.batch
from embeddings import HashingEncoder
from qa import Library, Settings
from qa.storage.sqlite import SQLiteStore
from qa.types import Progress
from tests.helpers import CountingEncoder, titles, write

APPLE = "# Apples\n\nThe apple tree grows in temperate gardens and bears red fruit.\n"
PEAR = "# Pears\n\nThe pear tree prefers deep soil and bears green fruit in autumn.\n"
PLUM = "# Plums\n\nThe plum tree flowers early in spring and its fruit is blue.\n"


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def library(tmp_path: Path, encoder: CountingEncoder):  # type: ignore[no-untyped-def]
    with Library.open(tmp_path / "library", encoder=encoder) as opened:
        yield opened


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", {"apple.md": APPLE, "pear.md": PEAR})


def statuses(report) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {Path(outcome.path).name: outcome.status for outcome in report.files}


def touch_later(path: Path, text: str) -> None:
    """Change a file so that its time differs, however coarse the clock."""
    path.write_text(text)
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))


def test_the_same_folder_again_reads_and_encodes_nothing(
    library: Library, docs: Path, encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(docs)
    encoder.passages.clear()
    read = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or b"")
    report = library.add(docs)
    assert statuses(report) == {"apple.md": "unchanged", "pear.md": "unchanged"}
    assert (encoder.passages, read) == ([], [])


def test_a_touched_file_with_the_same_bytes_is_unchanged_and_not_encoded(
    library: Library, docs: Path, encoder: CountingEncoder
) -> None:
    before = {source.path: source for source in library.add(docs) and library.sources()}
    encoder.passages.clear()
    touch_later(docs / "apple.md", APPLE)
    assert statuses(library.add(docs))["apple.md"] == "unchanged"
    assert encoder.passages == []
    after = {source.path: source for source in library.sources()}
    assert after.keys() == before.keys()
    for path, source in after.items():
        assert (source.id, source.document_id, source.added) == (
            before[path].id,
            before[path].document_id,
            before[path].added,
        )


def test_an_edited_file_encodes_only_its_new_passages(library: Library, docs: Path, encoder: CountingEncoder) -> None:
    sections = [f"## Part {n}\n\nSentence number {n} speaks of subject{n} at some length here.\n" for n in range(6)]
    write(docs, {"long.md": "# Long\n\n" + "\n".join(sections)})
    library.add(docs)
    encoder.passages.clear()
    sections[3] = "## Part 3\n\nThis one was rewritten and speaks of kangaroos instead of it.\n"
    touch_later(docs / "long.md", "# Long\n\n" + "\n".join(sections))
    assert statuses(library.add(docs))["long.md"] == "updated"
    assert len(encoder.passages) == 1 and "kangaroos" in encoder.passages[0]
    assert library.search("kangaroos")[0].source.path.endswith("long.md")
    assert all("subject3 at" not in hit.passage.text for hit in library.search("subject3", words_only=True))


def test_an_edited_file_keeps_its_id_and_loses_its_old_words(library: Library, docs: Path) -> None:
    library.add(docs)
    before = library.sources("apple.md")[0]
    touch_later(docs / "apple.md", "# Apples\n\nNothing but quinces are left in this orchard today.\n")
    library.add(docs)
    after = library.sources("apple.md")[0]
    assert after.id == before.id and after.document_id != before.document_id
    assert library.search("temperate", words_only=True) == []
    assert library.stats().documents == 2


def test_a_moved_file_keeps_its_id_and_its_vectors(library: Library, docs: Path, encoder: CountingEncoder) -> None:
    library.add(docs)
    before = library.sources("apple.md")[0]
    encoder.passages.clear()
    (docs / "deep").mkdir()
    (docs / "apple.md").rename(docs / "deep" / "renamed.md")
    assert statuses(library.add(docs))["renamed.md"] == "moved"
    after = library.sources("renamed.md")[0]
    assert (after.id, after.document_id, after.added) == (before.id, before.document_id, before.added)
    assert encoder.passages == [] and len(library.sources()) == 2


def test_a_file_moved_to_two_places_is_one_moved_and_one_added(
    library: Library, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the two come in different batches."""
    library.add(docs)
    monkeypatch.setattr(qa.ingest.batch, "_MOST_SECONDS", -1.0)  # every file is a batch
    (docs / "apple.md").unlink()
    write(docs, {"a.md": APPLE, "b.md": APPLE})
    report = library.add(docs)
    assert statuses(report) == {"a.md": "moved", "b.md": "added", "pear.md": "unchanged"}
    assert sorted(Path(s.path).name for s in library.sources()) == ["a.md", "b.md", "pear.md"]


def test_the_same_content_twice_is_one_document_of_two_sources(
    library: Library, docs: Path, encoder: CountingEncoder
) -> None:
    write(docs, {"copy.md": APPLE})
    library.add(docs)
    stats = library.stats()
    assert (stats.sources, stats.documents) == (3, 2)
    assert len(encoder.passages) == stats.passages == 2
    assert len([hit for hit in library.search("apple temperate") if "apple" in hit.passage.text]) == 1


def test_removing_one_of_two_sources_keeps_the_document(library: Library, docs: Path) -> None:
    write(docs, {"copy.md": APPLE})
    library.add(docs)
    library.remove(str(docs / "apple.md"))
    assert titles(library.search("temperate gardens"))[0] == "copy.md"
    library.remove("copy.md")
    assert library.search("temperate", words_only=True) == []
    assert library.stats().documents == 1


def test_every_copy_has_the_documents_own_title(library: Library, docs: Path) -> None:
    """Whether the document was stored before, or comes in the same batch as its copies."""
    library.add(docs)
    write(docs, {"x.md": APPLE, "y.md": APPLE, "z1.md": PLUM, "z2.md": PLUM, "z3.md": PLUM})
    library.add(docs)
    assert {s.title for s in library.sources() if Path(s.path).name in ("x.md", "y.md")} == {"Apples"}
    assert {s.title for s in library.sources() if Path(s.path).name.startswith("z")} == {"Plums"}


@pytest.mark.parametrize("batch_seconds", [float("inf"), -1.0])
def test_two_files_that_swap_their_contents_lose_nothing(
    library: Library, docs: Path, monkeypatch: pytest.MonkeyPatch, batch_seconds: float
) -> None:
    monkeypatch.setattr(qa.ingest.batch, "_MOST_SECONDS", batch_seconds)
    library.add(docs)
    touch_later(docs / "apple.md", PEAR)
    touch_later(docs / "pear.md", APPLE)
    assert statuses(library.add(docs)) == {"apple.md": "updated", "pear.md": "updated"}
    assert titles(library.search("temperate gardens"))[0] == "pear.md"
    assert titles(library.search("deep soil"))[0] == "apple.md"
    assert library.stats().documents == 2 and library.check().problems == ()


def test_a_file_that_takes_anothers_old_content_loses_nothing(library: Library, docs: Path) -> None:
    """apple.md gets what pear.md had, pear.md gets something new, in one add."""
    library.add(docs)
    touch_later(docs / "apple.md", PEAR)
    touch_later(docs / "pear.md", PLUM)
    library.add(docs)
    assert titles(library.search("deep soil"))[0] == "apple.md"
    assert titles(library.search("flowers early in spring"))[0] == "pear.md"
    assert library.search("temperate", words_only=True) == []
    assert library.check().problems == ()


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02\x03" * 100])
def test_a_changed_file_that_cannot_be_read_keeps_its_old_version(library: Library, docs: Path, data: bytes) -> None:
    library.add(docs)
    (docs / "apple.md").write_bytes(data)
    outcome = next(o for o in library.add(docs).files if o.path.endswith("apple.md"))
    assert outcome.status == "kept_old" and "earlier version is kept" in outcome.reason
    assert titles(library.search("temperate gardens"))[0] == "apple.md"
    touch_later(docs / "apple.md", PLUM)
    assert statuses(library.add(docs))["apple.md"] == "updated"


def test_a_known_file_that_grew_too_large_keeps_its_old_version(tmp_path: Path, docs: Path) -> None:
    settings = Settings(max_file_bytes=2000)
    with Library.open(tmp_path / "small", settings=settings, encoder=HashingEncoder()) as library:
        library.add(docs)
        touch_later(docs / "apple.md", APPLE * 100)
        outcome = next(o for o in library.add(docs).files if o.path.endswith("apple.md"))
        assert outcome.status == "kept_old" and "too large" in outcome.reason
        assert titles(library.search("temperate gardens"))[0] == "apple.md"


def test_one_bad_file_never_stops_the_others(library: Library, docs: Path) -> None:
    write(docs, {"broken.pdf": b"%PDF-1.7 nothing", "empty.md": b"", "zeros.txt": b"\0" * 5000})
    report = library.add([docs, docs / "not-there.md"])
    assert statuses(report) == {
        "apple.md": "added",
        "broken.pdf": "failed",
        "empty.md": "failed",
        "pear.md": "added",
        "zeros.txt": "failed",
        "not-there.md": "failed",
    }
    assert all(outcome.reason for outcome in report.files if outcome.status == "failed")


def test_outcomes_come_in_the_order_in_which_files_were_met(
    library: Library, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.ingest.batch, "_MOST_PASSAGES", 2)
    write(docs, {f"n{n}.md": f"# N{n}\n\nText of number {n} stands here.\n" for n in range(5)})
    library.add(docs / "n3.md")
    names = [Path(outcome.path).name for outcome in library.add(docs).files]
    assert names == ["apple.md", "n0.md", "n1.md", "n2.md", "n3.md", "n4.md", "pear.md"]


def test_a_batch_spans_documents_and_a_document_is_never_split_over_two(
    library: Library, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.ingest.batch, "_MOST_PASSAGES", 3)
    parts = "".join(f"## P{n}\n\nThe text of part {n} speaks of word{n}.\n\n" for n in range(8))
    write(docs, {"big.md": "# Big\n\n" + parts})
    library.add(docs)
    assert library.stats().passages == 8 + 2
    assert library.check().problems == ()


def test_a_file_added_by_itself_stays_in_the_folder_it_came_with(library: Library, docs: Path) -> None:
    """Or a sync of the folder would no longer see that it is gone."""
    library.add(docs)
    touch_later(docs / "apple.md", PLUM)
    library.add(docs / "apple.md")
    assert library.sources("apple.md")[0].root == str(docs)


def test_words_are_searchable_before_vectors_are_made(library: Library, docs: Path, encoder: CountingEncoder) -> None:
    report = library.add(docs, vectors=False)
    assert report.waiting == library.stats().waiting == 2
    assert titles(library.search("temperate gardens"))[0] == "apple.md"
    answer = library.ask("Where does the apple tree grow?")
    assert "vectors_waiting" in [note.code for note in answer.notes]
    assert encoder.passages == []
    assert library.encode() == 2
    assert library.stats().waiting == 0 and library.encode() == 0
    assert "vectors_waiting" not in [note.code for note in library.ask("Where does the apple tree grow?").notes]


def test_passages_of_one_text_share_a_vector(library: Library, tmp_path: Path, encoder: CountingEncoder) -> None:
    """Two different documents with a passage in common (same title, same heading, same text)."""
    common = "# Same\n\n## Licence\n\nAnyone may copy this text as long as they like it.\n\n"
    docs = write(tmp_path / "d", {"a.md": common + "## A\n\nAlpha alone.\n", "b.md": common + "## B\n\nBeta alone.\n"})
    library.add(docs)
    assert library.stats().passages == 4 and len(encoder.passages) == 3
    library.remove("a.md")
    assert library.stats().waiting == 0 and library.check().problems == ()
    assert titles(library.search("Who may copy this text?"))[0] == "b.md"


def test_passage_ids_are_never_given_twice(library: Library, docs: Path) -> None:
    library.add(docs)
    old = {hit.passage.id for hit in library.search("tree fruit")}
    library.remove(["apple.md", "pear.md"])
    library.add(docs)
    assert old.isdisjoint({hit.passage.id for hit in library.search("tree fruit")})


def test_a_passage_is_a_slice_also_with_emoji_and_windows_line_ends(library: Library, tmp_path: Path) -> None:
    text = "# Emoji 😀\r\n\r\nThe 👩‍👩‍👧 family met 😀😀 in Zürich.\r\nIt rained.\r\n\r\n* one 🎉\r\n* two\r\n"
    library.add(write(tmp_path / "d", {"a.md": text.encode(), "b.txt": text.encode("utf-16")}))
    for source in library.sources():
        document = library.document(source.document_id)
        assert "\r" not in document.text
        passages = library.passages(source.document_id)
        assert passages and all(document.text[p.start : p.end] == p.text for p in passages)
        assert "😀😀 in Zürich" in " ".join(p.text for p in passages)


def test_progress_tells_both_phases_to_their_end(library: Library, docs: Path) -> None:
    told = []
    library.add(docs, on_progress=told.append)
    for phase, unit in (("read", "files"), ("encode", "passages")):
        steps = [step for step in told if step.phase == phase]
        assert {step.unit for step in steps} == {unit}
        assert [step.done for step in steps] == sorted(step.done for step in steps)
        assert steps[-1].done == steps[-1].total and steps[-1].seconds_left == 0.0


def test_a_callback_that_raises_stops_the_work_and_keeps_what_was_committed(library: Library, docs: Path) -> None:
    def stop(step: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add(docs, on_progress=stop)
    assert library.sources() == [] and library.check().problems == ()
    assert library.add(docs).count("added") == 2


def test_an_error_of_a_callback_is_raised_as_it_is(library: Library, docs: Path) -> None:
    """Also an ``OSError``, which is not the library's: it is not called an unwritable library."""

    def fail(step: object) -> None:
        raise BrokenPipeError("the terminal is gone")

    with pytest.raises(BrokenPipeError):
        library.add(docs, on_progress=fail)


def test_a_copy_of_a_file_that_cannot_be_read_fails_for_the_same_reason(library: Library, docs: Path) -> None:
    write(docs, {"bad1.pdf": b"%PDF-1.7 nothing", "bad2.pdf": b"%PDF-1.7 nothing"})
    failed = [outcome.reason for outcome in library.add(docs).files if outcome.status == "failed"]
    assert len(failed) == 2 and failed[0] == failed[1]


def test_nothing_of_a_transaction_that_fails_is_kept(library: Library, docs: Path) -> None:
    library.add(docs / "apple.md")
    store = SQLiteStore(library.folder / "library.db")
    generation = store.generation
    with pytest.raises(ZeroDivisionError), store.writing() as change:
        change.drop_sources([library.sources()[0].id])
        raise ZeroDivisionError
    assert store.generation == generation and store.passage_count() == 1
    store.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("swap", "reason"),
    [(os.mkfifo, "not a regular file"), (lambda path: os.symlink("/dev/zero", path), "not a regular file")],
    ids=["pipe", "device"],
)
def test_a_file_that_became_a_pipe_or_device_meanwhile_is_not_waited_for(
    library: Library, tmp_path: Path, swap: Callable[[Path], None], reason: str
) -> None:
    docs = write(tmp_path / "docs", {"a.md": "A heron.", "b.md": "A stork."})

    def after_the_first(progress: Progress) -> None:
        if progress.done == 1:
            (docs / "b.md").unlink()
            swap(docs / "b.md")

    files = library.add(docs, on_progress=after_the_first).files
    assert [(file.status, reason in file.reason) for file in files] == [("added", False), ("failed", True)]


def test_a_file_that_grew_over_the_limit_meanwhile_is_not_read(encoder: CountingEncoder, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"a.md": "A heron.", "b.md": "A stork."})

    def after_the_first(progress: Progress) -> None:
        if progress.done == 1:
            (docs / "b.md").write_text("A stork. " * 100)

    with Library.open(tmp_path / "library", encoder=encoder, settings=Settings(max_file_bytes=500)) as library:
        files = library.add(docs, on_progress=after_the_first).files
    assert [(file.status, "500 bytes, the limit" in file.reason) for file in files] == [
        ("added", False),
        ("failed", True),
    ]
