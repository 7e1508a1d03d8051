"""txtai's hybrid index on the same articles and with the same model: answers within the first characters returned.

    pip install --target /tmp/txtai --no-deps txtai msgpack
    PYTHONPATH=.:/tmp/txtai python -m benchmarks.txtai_hybrid squad11:test

Each paragraph is an entry (as made from a document by txtai's own ``Textractor(paragraphs=True)``), everything else is
txtai's default with ``hybrid=True``; the ten best entries are returned, best first. Compare with ``python -m
benchmarks.retrieval squad11:test --once``. 95 % bootstrap intervals over questions.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.bootstrap import in_words
from benchmarks.libraries import parser_of
from benchmarks.questions import load
from embeddings import find_model
from qa.evaluation.scoring import contains_answer

_RETURNED = 10


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sets named on the command line."""
    from txtai import Embeddings

    options = parser_of(__doc__).parse_args(arguments)
    for each in options.sets:
        questions = load(*each.split(":"), distractors=options.distractors, data=options.data)
        paragraphs = [paragraph for text in questions.documents.values() for paragraph in text.split("\n\n")]
        embeddings = Embeddings(path=str(find_model().path), content=True, hybrid=True)
        embeddings.index(paragraphs)
        returned = []
        for question in questions.sample(options.most):
            text = "\n".join(row["text"] for row in embeddings.search(question.text, _RETURNED))
            returned.append((question, text))
        print(f"{each}: {len(paragraphs)} paragraphs, n = {len(returned)}")
        for size in (500, 1000, 3000):
            found = [float(contains_answer(text[:size], question.answers)) for question, text in returned]
            print(f"answer within {size} characters: {in_words(found)}")


if __name__ == "__main__":
    main()
