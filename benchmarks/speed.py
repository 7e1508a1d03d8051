"""How fast adding and searching are, and how much memory they take. Ratios and medians of one run.

    python -m benchmarks.speed adding --passages 100000   # phase 1 on generated Markdown, and adding it again
    python -m benchmarks.speed encoding                   # against SentenceTransformer.encode alone
    python -m benchmarks.speed searching --passages 200000
    python -m benchmarks.speed asking FOLDER --set squad11:tune   # Library.ask in a library that is there
    python -m benchmarks.speed removing --passages 20000  # one document, while others search and keep questions

Texts are generated (words drawn by Zipf's law), so that the figures need no data; ``adding --folder`` takes real
Markdown instead. ``searching`` uses ``HashingEncoder`` with the default model's width: the index does not care where
vectors come from, and 200,000 real ones would take over an hour. The time of encoding one question with the
default model is measured beside it.
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
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.questions import load
from embeddings import HashingEncoder, PassageInput, SentenceEncoder, find_model
from qa import Library
from qa.errors import VerbatimError

_WORDS = 30_000
_DIM = 384


_SMALL_WORDS = (  # noqa: SIM905
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which "
    "one you were all her she there would their we him been has when who will no more if out so up can"
).split()


def _vocabulary(source: random.Random) -> list[str]:
    """English's small words in front, so that texts pass for English; the rest are made of its letters."""
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


def write_markdown(folder: Path, passages: int, per_file: int = 100) -> int:
    """Files of about ``per_file`` passages in sections of five; gives the bytes written."""
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


def adding(folder: Path | None, count: int) -> None:
    """Phase 1 of ``folder``, or of about ``count`` generated passages, then the same again in a fresh process."""
    with tempfile.TemporaryDirectory() as temporary:
        documents, library = Path(temporary) / "documents", Path(temporary) / "library"
        if folder is None:
            documents.mkdir()
            size = write_markdown(documents, count, 20)
        else:
            documents = folder
            size = sum(path.stat().st_size for path in folder.rglob("*.md"))
        opened = Library.open(library)
        started = time.perf_counter()
        report = opened.add(documents, vectors=False)
        seconds = time.perf_counter() - started
        rate = size / 1e6 / seconds
        print(f"phase 1: {size / 1e6:.1f} MB in {seconds:.2f} s: {rate:.2f} MB/s, {report.count('added')} files")
        code = (
            "import sys, time; from qa import Library\n"
            "started = time.perf_counter(); library = Library.open(sys.argv[1])\n"
            "count = library.add(sys.argv[2], vectors=False).count('unchanged')\n"
            "print(f'again: {time.perf_counter() - started:.3f} s for {count} unchanged files, '\n"
            "      f'model code loaded: {\"torch\" in sys.modules}')"
        )
        subprocess.run([sys.executable, "-c", code, str(library), str(documents)], check=True)


def encoding(count: int = 512) -> None:
    """The library's vectors (passages and sentences) against passages alone by the model's own ``encode``."""
    source = random.Random(0)
    sentences = _sentences(source)
    passages = []
    for _ in range(count):
        parts = [next(sentences) for _ in range(source.randint(2, 7))]
        text, spans, start = " ".join(parts), [], 0
        for part in parts:
            spans.append((start, start + len(part)))
            start += len(part) + 1
        passages.append(PassageInput("Title › Heading", text, tuple(spans)))
    encoder = SentenceEncoder(find_model())
    encoder.load()
    model, ours, theirs = encoder._model, [], []
    for _ in range(3):
        theirs.append(_seconds(lambda: model.encode([p.embedded for p in passages], batch_size=16)))
        ours.append(_seconds(lambda: encoder.encode_passages(passages)))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print(
        f"{count} passages: SentenceTransformer.encode {count / statistics.median(theirs):.1f}/s; with sentences "
        f"{count / statistics.median(ours):.1f}/s; time ratio {statistics.median(ratios):.3f} (median of 3 pairs)"
    )


def whole(count: int = 1000) -> None:
    """How much of adding is not the model: phase 1 and storing against the model's own time."""
    with tempfile.TemporaryDirectory() as temporary:
        documents = Path(temporary) / "documents"
        documents.mkdir()
        write_markdown(documents, count, 20)
        encoder = _TimedEncoder(find_model())
        encoder.load()
        library = Library.open(Path(temporary) / "library", encoder=encoder)
        total = _seconds(lambda: library.add(documents))
        print(f"adding {count} passages: {total:.1f} s, of which outside the model {1 - encoder.seconds / total:.1%}")


class _TimedEncoder(SentenceEncoder):
    seconds = 0.0

    def encode_passages(self, passages):  # type: ignore[no-untyped-def]
        started = time.perf_counter()
        vectors = super().encode_passages(passages)
        self.seconds += time.perf_counter() - started
        return vectors


def searching(passages: int, keep: Path | None) -> None:
    """Build a large library, then measure it in a fresh process."""
    with tempfile.TemporaryDirectory() as temporary:
        place = keep or Path(temporary)
        documents = place / "documents"
        if not documents.is_dir():
            documents.mkdir(parents=True)
            write_markdown(documents, passages)
        library = Library.open(place / "library", encoder=HashingEncoder(_DIM))
        started = time.perf_counter()
        library.add(documents)
        print(f"built in {time.perf_counter() - started:.0f} s: {library.stats()}", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.speed", "measure", str(place / "library")], check=True)
    encoder = SentenceEncoder(find_model())
    encoder.load()
    times = [_seconds(lambda: encoder.encode_question("When was the treaty of friendship signed?")) for _ in range(50)]
    print(f"encoding one question with the default model: p50 {statistics.median(times) * 1000:.1f} ms")


def measure(folder: Path) -> None:
    """Open, first search, p50 of searches and of FAISS alone, resident memory."""
    source = random.Random(1)
    words = _vocabulary(random.Random(0))
    questions = [" ".join(source.choices(words[100:5000], k=8)) for _ in range(200)]
    encoder = HashingEncoder(_DIM)
    started = time.perf_counter()
    library = Library.open(folder, encoder=encoder)
    library.search(questions[0])
    print(f"open and first search: {time.perf_counter() - started:.2f} s")
    dense = library._indexes._dense
    assert dense is not None
    import faiss

    flat = faiss.IndexFlatIP(_DIM)
    ours, own, exact = [], [], []
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    flat.add(dense.vectors())
    for question in questions:
        vector = encoder.encode_question(question)
        ours.append(_seconds(partial(library.search, question)))
        own.append(_seconds(partial(dense.search, vector, 100)))
        exact.append(_seconds(partial(flat.search, vector[None, :], 100)))
    p50 = [statistics.median(times) * 1000 for times in (ours, own, exact)]
    print(
        f"search p50 {p50[0]:.1f} ms; FAISS alone, half precision {p50[1]:.1f} ms, full precision {p50[2]:.1f} ms; "
        f"search over half-precision FAISS: +{p50[0] - p50[1]:.1f} ms"
    )
    print(f"peak resident memory with the first search: {peak:.0f} MiB")


def removing(passages: int, keep: Path | None) -> None:
    """Remove single documents of a large library, and how long searching and keeping a question take meanwhile."""
    with tempfile.TemporaryDirectory() as temporary:
        place = keep or Path(temporary)
        documents = place / "documents"
        if not documents.is_dir():
            documents.mkdir(parents=True)
            write_markdown(documents, passages, 20)
        with Library.open(place / "library", encoder=HashingEncoder(_DIM)) as library:
            library.add(documents)
            print(library.stats(), f"{(library.folder / 'library.db').stat().st_size / 1e6:.0f} MB", flush=True)
            words = _vocabulary(random.Random(0))
            conversation, source = library.conversations.create("kept meanwhile").id, random.Random(1)
            visits: dict[str, Callable[[], object]] = {
                "searching": lambda: library.search(" ".join(source.choices(words[100:5000], k=8))),
                "keeping": lambda: library.conversations.append(conversation, "a question", "a question"),
            }
            for name, visit in visits.items():
                print(f"{name} with nobody else: {_visited(lambda: time.sleep(3), visit)}", flush=True)
                for number in source.sample([each.id for each in library.sources()], 2):
                    timed = _visited(partial(library.remove, [number]), visit)
                    print(f"{name} while one document is removed: {timed}", flush=True)


def _visited(work: Callable[[], object], visit: Callable[[], object]) -> str:
    """What ``work`` took, and what each visit from another thread took meanwhile."""
    times: list[float] = []
    refused: list[Exception] = []
    done = threading.Event()

    def come_again() -> None:
        while not done.wait(0.02):
            started = time.perf_counter()
            try:
                visit()
            except VerbatimError as error:
                refused.append(error)
            times.append(time.perf_counter() - started)

    visitor = threading.Thread(target=come_again)
    visitor.start()
    seconds = _seconds(work)
    done.set()
    visitor.join()
    median, longest = statistics.median(times) * 1000, max(times) * 1000
    return (
        f"{seconds:.2f} s; {len(times)} visits, p50 {median:.0f} ms, longest {longest:.0f} ms, {len(refused)} refused"
    )


def asking(folder: Path, name: str, most: int) -> None:
    """p50 and p95 of ``Library.ask`` by its parts, in a library that is there, after ten questions to warm up."""
    part = name.split(":")
    questions = [question.text for question in load(*part).questions]
    chosen = random.Random(0).sample(questions, min(most + 10, len(questions)))
    with Library.open(folder) as library:
        stats = library.stats()
        timings = [library.ask(question).timings for question in chosen][10:]
    print(f"{stats.documents:,} documents, {stats.passages:,} passages, {len(timings)} questions of {name}")
    for each in timings[0]:
        values = np.array([found[each] for found in timings]) * 1000
        print(f"{each:10} p50 {np.median(values):6.1f} ms   p95 {np.percentile(values, 95):6.1f} ms")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("adding")
    add.add_argument("--folder", type=Path, help="real Markdown instead of generated")
    add.add_argument("--passages", type=int, default=20_000)
    commands.add_parser("encoding")
    commands.add_parser("whole")
    search = commands.add_parser("searching")
    search.add_argument("--passages", type=int, default=200_000)
    search.add_argument("--keep", type=Path, help="build the library here and use it again")
    commands.add_parser("measure").add_argument("library", type=Path)
    remove = commands.add_parser("removing")
    remove.add_argument("--passages", type=int, default=20_000)
    remove.add_argument("--keep", type=Path, help="build the library here and use it again")
    ask = commands.add_parser("asking")
    ask.add_argument("library", type=Path)
    ask.add_argument("--set", default="squad11:tune", help="NAME:PART whose questions are asked")
    ask.add_argument("--most", type=int, default=200)
    arguments = parser.parse_args()
    if arguments.command == "adding":
        adding(arguments.folder, arguments.passages)
    elif arguments.command == "encoding":
        encoding()
    elif arguments.command == "whole":
        whole()
    elif arguments.command == "searching":
        searching(arguments.passages, arguments.keep)
    elif arguments.command == "removing":
        removing(arguments.passages, arguments.keep)
    elif arguments.command == "asking":
        asking(arguments.library, arguments.set, arguments.most)
    else:
        measure(arguments.library)


if __name__ == "__main__":
    main()
