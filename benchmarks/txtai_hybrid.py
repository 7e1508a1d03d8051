"""txtai's hybrid index on the same articles and with the same model: answers within the first characters returned.

    pip install --target /tmp/txtai --no-deps txtai msgpack
    PYTHONPATH=.:/tmp/txtai python -m benchmarks.txtai_hybrid squad11:test

Each paragraph is one entry (what txtai's own ``Textractor(paragraphs=True)`` makes of a document), all else txtai's
defaults with ``hybrid=True``; the ten best are returned, best first. Beside it: ``python -m benchmarks.retrieval
squad11:test --once``. 95 % bootstrap intervals over questions.
"""

from __future__ import annotations

import argparse

from benchmarks.questions import load
from benchmarks.retrieval import interval
from embeddings import find_model
from qa.evaluation.scoring import contains_answer

_RETURNED = 10


def main() -> None:
    """Run one set."""
    from txtai import Embeddings

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", help="NAME:PART, such as squad11:test")
    name, part = parser.parse_args().set.split(":")
    questions = load(name, part)
    paragraphs = [paragraph for text in questions.documents.values() for paragraph in text.split("\n\n")]
    embeddings = Embeddings(path=str(find_model().path), content=True, hybrid=True)
    embeddings.index(paragraphs)
    returned = []
    for question in questions.questions:
        text = "\n".join(row["text"] for row in embeddings.search(question.text, _RETURNED))
        returned.append((question, text))
    print(f"{name}:{part}: {len(paragraphs)} paragraphs, n = {len(returned)}")
    for size in (500, 1000, 3000):
        found = [float(contains_answer(text[:size], question.answers)) for question, text in returned]
        print(f"answer within {size} characters: " + "{:.3f} [{:.3f}, {:.3f}]".format(*interval(found)))


if __name__ == "__main__":
    main()
