"""Files prepared ahead in other processes: the same as here, in order, whatever becomes of a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

import qa.ingest.batch
import qa.ingest.pool
from embeddings import HashingEncoder, SentenceEncoder
from qa import Library, Settings
from qa.errors import FileError
from qa.ingest.pool import Pool, Result, worth
from qa.ingest.prepare import Prepared, Preparer
from tests.helpers import default_encoder

FILES, SIZE = 24, 2_500_000
ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc")


def write_files(folder: Path) -> list[Path]:
    """Markdown files, no two alike, together enough for another process."""
    folder.mkdir(exist_ok=True)
    paths = []
    for number in range(FILES):
        line = f"The heron number {number} of pond {{}} stood at the water, and waited for {number * 7} fishes.\n"
        sections = (f"## Section {part}\n\n" + line.format(part) * 20 for part in range(SIZE // FILES // 1600))
        paths.append(folder / f"{number:03}.md")
        paths[-1].write_text(f"# Document {number}\n\n" + "\n".join(sections), encoding="utf-8")
    return paths


def children(of: int | None = None) -> list[int]:
    """Ids of the processes that prepare files for a process, this one unless told."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        if b"qa.ingest.pool" in cmdline(int(folder.name)):
            with suppress(OSError):  # ended meanwhile
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                found += [int(folder.name)] if parent == (of or os.getpid()) else []
    return found


def cmdline(process: int) -> bytes:
    """Empty when it has ended, also while nobody has taken notice."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


@dataclass(frozen=True)
class File:
    """A file to be prepared."""

    path: Path | None
    size: int = SIZE // FILES


def comparable(result: Result | None) -> Prepared | str | None:
    return str(result) if isinstance(result, FileError) else result


def prepared(pool: Pool, paths: list[Path]) -> list[Prepared | str | None]:
    return [comparable(result) for _, result in pool.map(map(File, paths))]


def prepared_here(encoder: HashingEncoder | SentenceEncoder, paths: list[Path]) -> list[Prepared | str | None]:
    with Preparer(encoder, Settings()) as preparer:
        return [comparable(preparer.attempt(path)) for path in paths]


def eventually(condition: Callable[[], bool], seconds: float = 120.0) -> bool:
    """True as soon as it is met; the limit is only there so that a failure ends."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One process beside this one, also on a machine with one processor or many; none is left behind."""
    monkeypatch.setattr(qa.ingest.pool, "_processors", lambda: 2)
    yield
    assert children() == []


@pytest.mark.parametrize(
    ("files", "size", "processors", "count"),
    [
        (1000, 100_000_000, 1, 0),
        (1000, 100_000_000, 2, 1),
        (1000, 100_000_000, 64, 4),
        (7, 100_000_000, 8, 0),
        (16, 100_000_000, 8, 2),
        (1000, 1_999_999, 8, 0),
        (1000, 6_000_000, 8, 3),
    ],
)
def test_processes_are_started_for_much_work_only(files: int, size: int, processors: int, count: int) -> None:
    assert worth(files, size, processors) == count


@pytest.mark.usefixtures("two_processors")
@pytest.mark.parametrize("model", ["hashing", "default"])
def test_processes_give_what_this_one_gives_in_order(tmp_path: Path, model: str) -> None:
    encoder = HashingEncoder() if model == "hashing" else default_encoder()
    paths = write_files(tmp_path)
    paths[3].write_bytes(b"")
    paths[22].unlink()
    with Pool(encoder, Settings(), FILES, SIZE) as pool:
        assert eventually(lambda: len(children()) == 1)
        found = prepared(pool, paths)
    assert found == prepared_here(encoder, paths)
    assert "is empty" in str(found[3])
    assert "cannot be opened" in str(found[22])


@pytest.mark.usefixtures("two_processors")
def test_what_needs_no_reading_keeps_its_place(tmp_path: Path) -> None:
    paths = write_files(tmp_path)[:3]
    tasks = [File(None), File(paths[0]), File(None), File(paths[1]), File(paths[2]), File(None)]
    with Pool(HashingEncoder(), Settings(), FILES, SIZE) as pool:
        found = list(pool.map(tasks))
    assert [task for task, _ in found] == tasks
    assert [result is None for _, result in found] == [True, False, True, False, False, True]


@pytest.mark.usefixtures("two_processors")
def test_this_process_helps_with_what_no_other_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is stopped after its first request, so that all else is done here."""
    here: list[Path] = []
    attempt = Preparer.attempt
    paths = write_files(tmp_path)
    monkeypatch.setattr(qa.ingest.pool, "_FILES_TOGETHER", 1)

    def helped(preparer: Preparer, path: Path) -> Result:
        here.append(path)
        if len(here) == FILES - 1:
            os.kill(children()[0], signal.SIGCONT)
        return attempt(preparer, path)

    monkeypatch.setattr(Preparer, "attempt", helped)
    with Pool(HashingEncoder(), Settings(), FILES, SIZE) as pool:
        assert eventually(lambda: bool(children()))
        os.kill(children()[0], signal.SIGSTOP)
        assert all(isinstance(result, Prepared) for result in prepared(pool, paths))
    assert set(here) >= set(paths[1:])


@pytest.mark.corpus
def test_several_processes_end_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa.ingest.pool, "_processors", lambda: 4)
    paths = write_files(tmp_path)
    for taken in (0, 3, FILES):
        with Pool(HashingEncoder(), Settings(), 100, 10_000_000) as pool:
            assert eventually(lambda: len(children()) == 3)
            assert len(list(islice(pool.map(map(File, paths)), taken))) == taken
        assert children() == []


@pytest.mark.usefixtures("two_processors")
def test_the_end_of_a_process_loses_nothing(tmp_path: Path) -> None:
    """It is killed before its first answer, and between two."""
    encoder, paths = HashingEncoder(), write_files(tmp_path)
    for answers in (0, 2):
        with Pool(encoder, Settings(), FILES, SIZE) as pool:
            results = pool.map(map(File, paths))
            found = [result for _, result in islice(results, answers)]
            assert eventually(lambda: bool(children()))
            os.kill(children()[0], signal.SIGKILL)
            found += [result for _, result in results]
        assert list(map(comparable, found)) == prepared_here(encoder, paths)


class LockedEncoder(HashingEncoder):
    """Holds what cannot be sent to another process."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


@pytest.mark.usefixtures("two_processors")
def test_an_encoder_that_cannot_be_sent_works_here(tmp_path: Path) -> None:
    paths = write_files(tmp_path)[:2]
    with Pool(LockedEncoder(), Settings(), FILES, SIZE) as pool:
        assert children() == []
        found = prepared(pool, paths)
    assert found == prepared_here(HashingEncoder(), paths)


@pytest.mark.usefixtures("two_processors")
def test_files_that_swap_their_contents_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decided ahead that a document is there, which the batch before removes with its last source."""
    docs = tmp_path / "docs"
    paths = write_files(docs)
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add(docs, vectors=False)
        texts = [path.read_text() for path in paths]
        for path, text in zip(paths, [*texts[1:], texts[0]], strict=True):
            path.write_text(text)
            os.utime(path, ns=(0, 0))
        monkeypatch.setattr(qa.ingest.batch, "_MOST_SECONDS", -1.0)  # every file is a batch
        assert library.add(docs, vectors=False).count("updated") == FILES
        titles = [source.title for source in sorted(library.sources(), key=lambda source: source.path)]
        assert titles == [f"Document {(number + 1) % FILES}" for number in range(FILES)]
        assert library.stats().documents == FILES
        assert library.check(repair=False).problems == ()


@pytest.mark.usefixtures("two_processors")
def test_a_library_is_the_same_with_and_without_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "docs")
    (tmp_path / "docs" / "twin.md").write_bytes((tmp_path / "docs" / "000.md").read_bytes())
    (tmp_path / "docs" / "empty.md").touch()
    kept = []
    for processors in (1, 2):
        monkeypatch.setattr(qa.ingest.pool, "_processors", lambda count=processors: count)
        with Library.open(tmp_path / f"library{processors}", encoder=HashingEncoder()) as library:
            report = library.add(tmp_path / "docs", vectors=False)
            passages = [passage for s in library.sources() for passage in library.passages(s.document_id)]
            hits = [round(hit.score, 6) for hit in library.search("heron number 7 of pond 3")]  # many passages tie
            kept.append(([(file.path, file.status, file.reason) for file in report.files], passages, hits))
            assert library.stats().documents == FILES
    assert kept[0] == kept[1]


@pytest.mark.usefixtures("two_processors")
def test_an_interrupted_add_ends_its_processes_and_keeps_whole_documents(tmp_path: Path) -> None:
    write_files(tmp_path / "docs")

    def interrupt(progress: object) -> None:
        assert eventually(lambda: len(children()) == 1)
        raise KeyboardInterrupt

    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        with pytest.raises(KeyboardInterrupt):
            library.add(tmp_path / "docs", on_progress=interrupt)
        assert children() == []
        assert library.add(tmp_path / "docs", vectors=False).count("added") == FILES


SCRIPT = """
import os, sys
sys.path.insert(0, {root!r})
import qa.ingest.pool
from embeddings import HashingEncoder
from qa import Library
qa.ingest.pool._processors = lambda: 2
print("start", flush=True)
library = Library.open({library!r}, encoder=HashingEncoder())
print(library.add({docs!r}, vectors=False).count("added"))
"""


@pytest.mark.corpus
def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    """``multiprocessing`` would run it again in each process."""
    write_files(tmp_path / "docs")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(root=str(ROOT), library=str(tmp_path / "library"), docs=str(tmp_path / "docs")))
    (tmp_path / "pickle.py").write_text("raise SystemExit('not the standard library')")
    run = subprocess.run([sys.executable, "-P", script], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert (run.stdout, run.stderr) == (f"start\n{FILES}\n", "")


@pytest.mark.corpus
def test_processes_end_with_a_killed_parent(tmp_path: Path) -> None:
    write_files(tmp_path / "docs")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(root=str(ROOT), library=str(tmp_path / "library"), docs=str(tmp_path / "docs")))
    parent = subprocess.Popen([sys.executable, "-P", script], stdout=subprocess.DEVNULL)
    assert eventually(lambda: bool(children(parent.pid)))
    worker = children(parent.pid)[0]
    parent.kill()
    parent.wait()
    assert eventually(lambda: b"qa.ingest.pool" not in cmdline(worker))


@pytest.mark.usefixtures("two_processors")
def test_many_small_files_with_long_paths_do_not_block_the_pipes(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 250) / ("y" * 250) / ("z" * 250)
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.md" for number in range(1500)]
    for path in paths:
        path.write_text(f"# {path.stem}\n\n" + "The heron stood at the water.\n\n" * 4)
    with Pool(HashingEncoder(), Settings(), len(paths), SIZE) as pool:
        found = [result for _, result in pool.map(map(File, paths))]
    assert [isinstance(each, Prepared) and each.document.title for each in found] == [path.stem for path in paths]


def test_what_processes_prepare_files_with_knows_no_database() -> None:
    """Neither the store nor SQLite is loaded in them."""
    code = (
        "import sys, qa.ingest.pool, qa.ingest.prepare, qa.storage.records\n"
        "print([name for name in sys.modules if name == 'sqlite3' or name.startswith('qa.storage.s')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout == "[]\n"
