"""Question–passage pairs to train the reader on, from the train part of the labelled sets.

    python -m training.data --vectors      # the pairs of training/reader.toml, into its folder
    python -m training.data --mistakes ~/.cache/verbatim-training/reader/model    # after section [reader], for [hard]

Every set is split by title with ``splits.json``: nothing from the tune and test parts, and nothing from COVID-QA, is
used.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from benchmarks.questions import DATA, rows_of
from qa import Library
from qa.answering.reading import context_of
from qa.reader import Reader, ReaderInput
from qa.types import Hit

_LEAST_MISTAKE = -3.0
"""A passage to which the reader gives a lower score is not a mistake."""
Kind = Literal["answer", "relevant", "none"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and one passage."""

    id: str
    """The question's id, with its set: ``squad11/…``; all pairs of a question share it."""
    question: str
    title: str
    text: str
    kind: Kind
    """``answer``: one of ``spans`` answers; ``relevant``: the passage answers, but it is unknown with which words;
    ``none``: it does not answer."""
    spans: tuple[tuple[int, int], ...] = ()
    """Offsets into ``text``, one span for each annotator, so that more frequent ones count more."""
    answers: tuple[str, ...] = ()
    """Accepted wordings; a passage that contains one must not become a negative."""
    mined: bool = False
    """True if a retriever, not an annotator, chose the passage."""


def read_set(name: str, part: str, data: Path = DATA) -> Iterator[Pair]:
    """The set's questions with their labelled passages; a label that is not found there gives no pair."""
    titles = frozenset(json.loads((data / "splits.json").read_text(encoding="utf-8"))[part])
    documents = {row["id"]: row for row in rows_of(data / "questions" / name / "docs.jsonl.gz")}
    for row in rows_of(data / "questions" / name / "questions.jsonl.gz"):
        document = documents[(row["answer_doc_ids"] or [row.get("source_doc_id")])[0]]
        if document["title"] not in titles:
            continue
        pair = Pair(f"{name}/{row['id']}", row["question"], document["title"], document["text"], "none")
        if not row["answerable"]:
            yield pair
        elif name == "boolq":
            if row["evidence"]:
                yield replace(pair, text=row["evidence"], kind="relevant")
        elif row.get("long_answer"):
            yield replace(pair, kind="relevant", answers=tuple(row["evidence"]))
        else:
            spans = tuple(_spans(row, document["text"]))
            if spans:
                yield replace(pair, kind="answer", spans=spans, answers=tuple(row["answers"]))


def _spans(row: dict[str, Any], text: str) -> Iterator[tuple[int, int]]:
    for answer, start in zip(row["answers"], row["answer_starts"], strict=True):
        if start >= 0 and text[start : start + len(answer)] == answer:
            yield start, start + len(answer)


def without_twins(pairs: Iterable[Pair]) -> list[Pair]:
    """The first pair of each question, text and kind: squad20 repeats squad11's answerable questions."""
    first: dict[tuple[str, str, Kind], Pair] = {}
    for pair in pairs:
        first.setdefault((pair.question, pair.text, pair.kind), pair)
    return list(first.values())


def write_documents(pairs: Sequence[Pair], folder: Path, part: str, data: Path = DATA) -> None:
    """Write the pairs' passages as one text file for each title, and the whole articles of nq_whole's part."""
    folder.mkdir(parents=True, exist_ok=True)
    texts: dict[str, list[str]] = defaultdict(list)
    for pair in pairs:
        if pair.text not in texts[pair.title]:
            texts[pair.title].append(pair.text)
    titles = frozenset(json.loads((data / "splits.json").read_text(encoding="utf-8"))[part])
    for row in rows_of(data / "questions" / "nq_whole" / "docs.jsonl.gz"):
        if row["title"] in titles:
            texts[row["title"]] = [row["text"]]
    for title, parts in texts.items():
        (folder / f"{stem_of(title)}.txt").write_text("\n\n".join(parts), encoding="utf-8")


def stem_of(title: str) -> str:
    """The file name of a title, without its suffix."""
    return re.sub(r"[^\w\- ]+", "_", title)[:80].strip() or "untitled"


def negatives(pair: Pair, hits: Sequence[Hit], most: int) -> list[Pair]:
    """The first ``most`` passages that contain no accepted wording and overlap little with the labelled passage."""
    wordings = [_squeezed(answer) for answer in pair.answers]
    own = set(re.findall(r"\w+", pair.text.lower()))
    found = []
    for hit in hits:
        text = _squeezed(hit.passage.text)
        words = set(re.findall(r"\w+", text))
        if any(wording in text for wording in wordings) or len(words & own) > 0.6 * len(words):
            continue
        found.append(
            replace(pair, title=hit.source.title, text=hit.passage.text, kind="none", spans=(), answers=(), mined=True)
        )
        if len(found) == most:
            break
    return found


def packed(pairs: Sequence[Pair], library: Library) -> Iterator[Pair]:
    """The labelled pairs with the library's passage instead of the annotators' paragraph: if only the negatives were
    made by the splitter, the reader would learn to recognise its passages."""
    sources = {Path(source.path).stem: source for source in library.sources()}
    for pair in pairs:
        source = sources.get(stem_of(pair.title))
        if pair.kind != "answer" or source is None:
            continue
        at = library.document(source.document_id).text.find(pair.text)
        for passage in library.passages(source.document_id) if at >= 0 else ():
            spans = [(at + start - passage.start, at + end - passage.start) for start, end in pair.spans]
            inside = tuple((start, end) for start, end in spans if start >= 0 and end <= len(passage.text))
            if inside:
                yield replace(pair, text=passage.text, spans=inside)
                break


def mistakes(pairs: Sequence[Pair], library: Library, most: int) -> Iterator[Pair]:
    """The passages with the reader's highest scores among those that do not answer, of the 20 best found."""
    assert library.reader is not None
    for number, pair in enumerate(pairs, 1):
        hits = library.search(pair.question[:4000], library.settings.read_passages)
        read = library.reader.read(pair.question, [ReaderInput(context_of(hit), hit.passage.text) for hit in hits])
        ranked = sorted(zip(hits, read, strict=True), key=lambda item: -item[1].score)
        yield from negatives(pair, [hit for hit, reading in ranked if reading.score > _LEAST_MISTAKE], most)
        if number % 250 == 0:
            print(f"read for {number}/{len(pairs)}", file=sys.stderr, flush=True)


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split())


def mine(pairs: Sequence[Pair], library: Library, most: int, *, words_only: bool) -> Iterator[Pair]:
    """Hard negatives for the pairs with an answer, from the project's own retriever."""
    for number, pair in enumerate(pairs, 1):
        if pair.kind != "none":
            hits = library.search(pair.question[:4000], most * 2 + 6, words_only=words_only)
            yield from negatives(pair, hits, most)
        if number % 1000 == 0:
            print(f"mined {number}/{len(pairs)}", file=sys.stderr, flush=True)


def write(pairs: Iterable[Pair], path: Path) -> int:
    """Write one JSON line for each pair; return their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as stream:
        for pair in pairs:
            stream.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
            count += 1
    return count


def read(path: Path) -> list[Pair]:
    """The inverse of ``write``."""
    found = []
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            row["spans"] = tuple(tuple(span) for span in row["spans"])
            found.append(Pair(**row | {"answers": tuple(row["answers"])}))
    return found


SETS = ("squad11", "squad20", "nq_litm", "clapnq", "boolq")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pairs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache" / "verbatim-training")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the labelled sets")
    parser.add_argument("--vectors", action="store_true", help="also mine by the fused score (computes the vectors)")
    parser.add_argument("--mistakes", type=Path, help="only mine passages that this reader mistakes for an answer")
    parser.add_argument("--most", type=int, default=1400, help="number of questions whose passages it reads")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    pairs = without_twins(pair for name in SETS for pair in read_set(name, "train", options.data))
    random.Random(0).shuffle(pairs)
    if options.mistakes:
        asked = [pair for pair in pairs if pair.kind == "answer"][: options.most]
        with Library.open(folder / "library", reader=Reader(options.mistakes)) as library:
            path = folder / "negatives-mistakes.jsonl"
            print(f"{write(mistakes(asked, library, 3), path)} negatives of {len(asked)} questions", file=sys.stderr)
        return
    print(f"{write(pairs, folder / 'labelled.jsonl')} labelled pairs", file=sys.stderr)
    documents = folder / "documents"
    write_documents(pairs, documents, "train", options.data)
    with Library.open(folder / "library") as library:
        library.add(documents, vectors=False)
        words = folder / "negatives-words.jsonl"
        if not words.is_file():
            print(f"{write(mine(pairs, library, 2, words_only=True), words)} negatives by words", file=sys.stderr)
        if options.vectors:
            print(f"{library.encode()} passages encoded", file=sys.stderr)
            print(f"{write(packed(pairs, library), folder / 'packed.jsonl')} labelled, packed", file=sys.stderr)
            fused = folder / "negatives-fused.jsonl"
            print(f"{write(mine(pairs[:5000], library, 3, words_only=False), fused)} negatives, fused", file=sys.stderr)


if __name__ == "__main__":
    main()
