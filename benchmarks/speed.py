"""How fast adding, searching, asking and removing are, and how much memory searching takes.

    python -m benchmarks.speed adding --passages 100000   # phase 1 on generated Markdown, and adding it again
    python -m benchmarks.speed encoding                   # against SentenceTransformer.encode alone
    python -m benchmarks.speed whole                      # the share of adding that is not the model
    python -m benchmarks.speed searching --passages 200000
    python -m benchmarks.speed asking FOLDER --set squad11:tune   # Library.ask in an existing library
    python -m benchmarks.speed removing --passages 20000  # one document, while others search and write

Texts are generated (words drawn by Zipf's law), so the figures need no data; ``adding --folder`` takes real Markdown
instead. ``searching`` uses ``HashingEncoder`` with the default model's width: any vectors will do to measure the index,
and computing 200,000 real ones would take over an hour. The time that the default model takes to encode one question
is measured separately.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.questions import DATA, load
from embeddings import Encoder, HashingEncoder, PassageInput, SentenceEncoder, find_model
from qa import Library
from qa.errors import VerbatimError

_WORDS = 30_000
_DIM = 384
_SMALL_WORDS = (  # noqa: SIM905
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which "
    "one you were all her she there would their we him been has when who will no more if out so up can"
).split()


# --- generated texts --------------------------------------------------------------------------------------------------


def _vocabulary(source: random.Random) -> list[str]:
    """English function words first, so that texts are taken for English; then words made of its letters."""
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    made = ("".join(source.choices(letters, range(26, 0, -1), k=source.randint(2, 10))) for _ in range(_WORDS))
    return (_SMALL_WORDS + list(made))[:_WORDS]


def _sentences(source: random.Random) -> Iterator[str]:
    words = _vocabulary(source)
    weights = [1 / (rank + 3) for rank in range(_WORDS)]
    while True:
        chosen = source.choices(words, weights, k=20_000)
        for first in range(0, len(chosen), 20):
            yield " ".join(chosen[first : first + 20]).capitalize() + "."


def _questions(source: random.Random) -> Iterator[str]:
    words = _vocabulary(random.Random(0))[100:5000]
    while True:
        yield " ".join(source.choices(words, k=8))


def write_markdown(folder: Path, passages: int, per_file: int = 100) -> int:
    """Write files of about ``per_file`` passages in sections of five; return their size in bytes."""
    source = random.Random(0)
    sentences = _sentences(source)
    total = 0
    for number in range(0, passages, per_file):
        parts = [f"# Document {number}"]
        for passage in range(min(per_file, passages - number)):
            if passage % 5 == 0:
                parts.append(f"## Section {next(sentences)[:30]}")
            parts.append(" ".join(next(sentences) for _ in range(6)))
        text = "\n\n".join(parts)
        total += len(text.encode())
        (folder / f"{number:07}.md").write_text(text, encoding="utf-8")
    return total


@contextmanager
def _documents(folder: Path | None, passages: int, per_file: int = 100) -> Iterator[Path]:
    """A folder with generated ``documents``; one given by ``folder`` is used again in the next run."""
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        if not (place / "documents").is_dir():
            (place / "documents").mkdir(parents=True)
            write_markdown(place / "documents", passages, per_file)
        yield place


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


# --- adding -----------------------------------------------------------------------------------------------------------


_AGAIN = """
import sys, time
from qa import Library
started = time.perf_counter()
library = Library.open(sys.argv[1])
count = library.add(sys.argv[2], vectors=False).count("unchanged")
seconds = time.perf_counter() - started
print(f"again: {seconds:.3f} s for {count} unchanged files, model code loaded: {'torch' in sys.modules}")
"""


def adding(folder: Path | None, passages: int) -> None:
    """Phase 1 of ``folder``, or of about ``passages`` generated passages, then the same again in a new process."""
    with _documents(None, 0 if folder else passages, 20) as temporary:
        documents = folder or temporary / "documents"
        size = sum(path.stat().st_size for path in documents.rglob("*.md"))
        with Library.open(temporary / "library") as library:
            started = time.perf_counter()
            report = library.add(documents, vectors=False)
            seconds = time.perf_counter() - started
        rate = size / 1e6 / seconds
        print(f"phase 1: {size / 1e6:.1f} MB in {seconds:.2f} s: {rate:.2f} MB/s, {report.count('added')} files")
        subprocess.run([sys.executable, "-c", _AGAIN, str(temporary / "library"), str(documents)], check=True)


def encoding(count: int = 512) -> None:
    """The library's vectors (passages and sentences) against passages alone by the model's own ``encode``."""
    passages = list(_passages(count))
    encoder = SentenceEncoder(find_model())
    encoder.load()
    model, ours, theirs = encoder._model, [], []
    for _ in range(3):
        theirs.append(_seconds(lambda: model.encode([p.embedded for p in passages], batch_size=16)))
        ours.append(_seconds(lambda: encoder.encode_passages(passages)))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(
        f"{count} passages: SentenceTransformer.encode {count / statistics.median(theirs):.1f}/s; with sentences "
        f"{count / statistics.median(ours):.1f}/s; time ratio {ratio:.3f} (median of 3 pairs)"
    )


def _passages(count: int) -> Iterator[PassageInput]:
    """Passages of two to seven sentences."""
    source = random.Random(0)
    sentences = _sentences(source)
    for _ in range(count):
        parts = [next(sentences) for _ in range(source.randint(2, 7))]
        ends = np.cumsum([len(part) + 1 for part in parts]) - 1
        spans = tuple((int(end) - len(part), int(end)) for part, end in zip(parts, ends, strict=True))
        yield PassageInput("Title › Heading", " ".join(parts), spans)


def whole(passages: int = 1000) -> None:
    """The share of the time of adding that is not the model's."""
    with _documents(None, passages, 20) as temporary:
        encoder = _TimedEncoder(find_model())
        encoder.load()
        with Library.open(temporary / "library", encoder=encoder) as library:
            total = _seconds(lambda: library.add(temporary / "documents"))
        share = 1 - encoder.seconds / total
        print(f"adding {passages} passages: {total:.1f} s, of which outside the model {share:.1%}")


class _TimedEncoder(SentenceEncoder):
    seconds = 0.0

    def encode_passages(self, passages):  # type: ignore[no-untyped-def]
        started = time.perf_counter()
        vectors = super().encode_passages(passages)
        self.seconds += time.perf_counter() - started
        return vectors


# --- searching and asking ---------------------------------------------------------------------------------------------


def searching(passages: int, reused: Path | None) -> None:
    """Build a large library, then measure it in a new process."""
    with _documents(reused, passages) as place:
        with Library.open(place / "library", encoder=HashingEncoder(_DIM)) as library:
            seconds = _seconds(lambda: library.add(place / "documents"))
            print(f"built in {seconds:.0f} s: {library.stats()}", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.speed", "measure", str(place / "library")], check=True)
    encoder = SentenceEncoder(find_model())
    encoder.load()
    times = [_seconds(lambda: encoder.encode_question("When was the treaty of friendship signed?")) for _ in range(50)]
    print(f"encoding one question with the default model: p50 {statistics.median(times) * 1000:.1f} ms")


def measure(folder: Path, count: int = 200) -> None:
    """Opening and first search, p50 of searches and of FAISS alone, resident memory, checks."""
    import faiss

    source = _questions(random.Random(1))
    questions = [next(source) for _ in range(count)]
    encoder = HashingEncoder(_DIM)
    started = time.perf_counter()
    library = Library.open(folder, encoder=encoder)
    library.search(questions[0])
    print(f"open and first search: {time.perf_counter() - started:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    dense = library._indexes._dense
    assert dense is not None
    flat = faiss.IndexFlatIP(_DIM)
    flat.add(dense.vectors())
    ours, half, full = [], [], []
    for question in questions:
        vector = encoder.encode_question(question)
        ours.append(_seconds(partial(library.search, question)))
        half.append(_seconds(partial(dense.search, vector, 100)))
        full.append(_seconds(partial(flat.search, vector[None, :], 100)))
    p50 = [statistics.median(times) * 1000 for times in (ours, half, full)]
    print(
        f"search p50 {p50[0]:.1f} ms; FAISS alone, half precision {p50[1]:.1f} ms, full precision {p50[2]:.1f} ms; "
        f"search over half-precision FAISS: +{p50[0] - p50[1]:.1f} ms"
    )
    print(f"peak resident memory with the first search: {peak:.0f} MiB")
    for quick in (True, False):
        seconds = _seconds(partial(library.check, repair=False, quick=quick))
        print(f"{'quick check' if quick else 'check'}: {seconds:.2f} s")


def asking(folder: Path, name: str, most: int, data: Path = DATA, encoder: Encoder | None = None) -> None:
    """p50 and p95 of ``Library.ask`` by step, in an existing library, after ten questions to warm up."""
    questions = [question.text for question in load(*name.split(":"), data=data).questions]
    chosen = random.Random(0).sample(questions, min(most + 10, len(questions)))
    with Library.open(folder, encoder=encoder) as library:
        stats = library.stats()
        timings = [library.ask(question).timings for question in chosen][10:]
    print(f"{stats.documents:,} documents, {stats.passages:,} passages, {len(timings)} questions of {name}")
    for step in timings[0]:
        values = np.array([found[step] for found in timings]) * 1000
        print(f"{step:10} p50 {np.median(values):6.1f} ms   p95 {np.percentile(values, 95):6.1f} ms")


# --- removing ---------------------------------------------------------------------------------------------------------


def removing(passages: int, reused: Path | None, idle: float = 3.0) -> None:
    """Remove single documents of a large library, and how long searching and saving a question take meanwhile, and
    during ``idle`` seconds in which nothing is removed."""
    with (
        _documents(reused, passages, 20) as place,
        Library.open(place / "library", encoder=HashingEncoder(_DIM)) as library,
    ):
        library.add(place / "documents")
        size = (library.folder / "library.db").stat().st_size / 1e6
        print(library.stats(), f"{size:.0f} MB", flush=True)
        questions, source = _questions(random.Random(1)), random.Random(1)
        conversation = library.conversations.create("meanwhile").id
        requests: dict[str, Callable[[], object]] = {
            "searching": lambda: library.search(next(questions)),
            "saving": lambda: library.conversations.append(conversation, "a question", "a question"),
        }
        for name, request in requests.items():
            print(f"{name} with nobody else: {_meanwhile(lambda: time.sleep(idle), request)}", flush=True)
            for number in source.sample([each.id for each in library.sources()], 2):
                timed = _meanwhile(partial(library.remove, [number]), request)
                print(f"{name} while one document is removed: {timed}", flush=True)


def _meanwhile(work: Callable[[], object], request: Callable[[], object]) -> str:
    """How long ``work`` took, and each request from another thread meanwhile."""
    times: list[float] = []
    refused: list[Exception] = []
    done = threading.Event()

    def repeat() -> None:
        while not done.wait(0.02) or not times:
            started = time.perf_counter()
            try:
                request()
            except VerbatimError as error:
                refused.append(error)
            times.append(time.perf_counter() - started)

    thread = threading.Thread(target=repeat)
    thread.start()
    seconds = _seconds(work)
    done.set()
    thread.join()
    p50, longest = statistics.median(times) * 1000, max(times) * 1000
    return f"{seconds:.2f} s; {len(times)} requests, p50 {p50:.0f} ms, longest {longest:.0f} ms, {len(refused)} refused"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("adding")
    add.add_argument("--folder", type=Path, help="real Markdown instead of generated")
    add.add_argument("--passages", type=int, default=20_000)
    commands.add_parser("encoding").add_argument("--passages", type=int, default=512)
    commands.add_parser("whole").add_argument("--passages", type=int, default=1000)
    for name, passages in (("searching", 200_000), ("removing", 20_000)):
        large = commands.add_parser(name)
        large.add_argument("--passages", type=int, default=passages)
        large.add_argument("--keep", type=Path, metavar="FOLDER", help="build the library here, and reuse it")
    commands.add_parser("measure").add_argument("library", type=Path)
    ask = commands.add_parser("asking")
    ask.add_argument("library", type=Path)
    ask.add_argument("--set", default="squad11:tune", help="NAME:PART whose questions are asked")
    ask.add_argument("--most", type=int, default=200)
    ask.add_argument("--data", type=Path, default=DATA, help="the folder of the labelled sets")
    given = parser.parse_args(arguments)
    run: dict[str, Callable[[], None]] = {
        "adding": lambda: adding(given.folder, given.passages),
        "encoding": lambda: encoding(given.passages),
        "whole": lambda: whole(given.passages),
        "searching": lambda: searching(given.passages, given.keep),
        "measure": lambda: measure(given.library),
        "asking": lambda: asking(given.library, given.set, given.most, given.data),
        "removing": lambda: removing(given.passages, given.keep),
    }
    run[given.command]()


if __name__ == "__main__":
    main()
