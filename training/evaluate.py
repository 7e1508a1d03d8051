"""How good a reader is on unseen passages: exact words in labelled paragraphs, and recognising those without an answer.

    python -m training.evaluate ~/.cache/verbatim-training/start/model --part tune --no-titles
    python -m training.evaluate qa/reader_model --part test

EM and F1 are SQuAD's, over squad11's and nq_litm's answerable questions, given the labelled paragraph and with "no
answer" ruled out. AUROC: how well the best span's score separates clapnq's and squad20's answerable questions from the
others. An unanswerable question of squad20 is in the part that its paragraph's article is in. 95 % bootstrap intervals
over questions.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.bootstrap import in_words
from benchmarks.questions import DATA
from qa.evaluation.figures import ROUNDS, auroc, interval, resamples
from qa.evaluation.scoring import exact_match, f1
from qa.reader.reader import Reader
from qa.reader.windows import ReaderInput
from training.data import Pair, read_set


def read_all(reader: Reader, pairs: Sequence[Pair], titles: bool) -> list[tuple[str, float]]:
    """The best words in each pair's passage, and their score."""
    found = []
    for number, pair in enumerate(pairs, 1):
        reading = reader.read(pair.question, [ReaderInput(pair.title if titles else "", pair.text)])[0]
        best = reading.spans[0]
        found.append((pair.text[best.start : best.end], best.score))
        if number % 500 == 0:
            print(f"{number}/{len(pairs)}", file=sys.stderr, flush=True)
    return found


def area(positive: Sequence[float], negative: Sequence[float]) -> str:
    """AUROC with its 95 % bootstrap interval."""
    rows = np.array([(score, 1) for score in positive] + [(score, 0) for score in negative])
    low, high = interval([auroc(rows[chosen]) for chosen in resamples(len(rows), 0, ROUNDS)])
    return f"{auroc(rows):.3f} [{low:.3f}, {high:.3f}], n = {len(positive)} + {len(negative)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate the reader named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", choices=("tune", "test"), default="tune")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the labelled sets")
    parser.add_argument("--no-titles", action="store_true", help="give the reader the paragraph alone")
    options = parser.parse_args(arguments)
    reader = Reader(options.folder)
    titles = not options.no_titles
    for name in ("squad11", "nq_litm"):
        pairs = [pair for pair in read_set(name, options.part, options.data) if pair.kind == "answer"]
        found = read_all(reader, pairs, titles)
        for measure, score in (("EM", exact_match), ("F1", f1)):
            values = [score(words, pair.answers) for (words, _), pair in zip(found, pairs, strict=True)]
            print(f"{name} {measure}: {in_words(values)}, n = {len(values)}", flush=True)
    for name in ("clapnq", "squad20"):
        pairs = list(read_set(name, options.part, options.data))
        found = read_all(reader, pairs, titles)
        scores = [(score, pair.kind != "none") for (_, score), pair in zip(found, pairs, strict=True)]
        print(f"{name} AUROC: {area([s for s, ok in scores if ok], [s for s, ok in scores if not ok])}", flush=True)


if __name__ == "__main__":
    main()
