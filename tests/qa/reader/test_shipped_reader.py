"""The reader that comes with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.reader.reader import SHIPPED, Reader
from qa.reader.windows import ReaderInput

pytestmark = [
    pytest.mark.skipif(not (SHIPPED / "model.safetensors").is_file(), reason="the reader's weights are not here"),
    pytest.mark.filterwarnings("ignore"),  # of transformers, to its own authors
]

PASSAGE = (
    "The Harwell Bridge was designed by Clara Voss and opened on 3 May 1911. It is 412 metres long and carries "
    "about 9,000 cars a day. It was closed for two years because its cables had rusted."
)
FACTS = [
    ("Who designed the Harwell Bridge?", "Clara Voss"),
    ("When was the Harwell Bridge opened?", "3 May 1911"),
    ("How long is the Harwell Bridge?", "412 metres"),
    ("How many cars cross the Harwell Bridge a day?", "9,000"),
    ("Why was the Harwell Bridge closed?", "cables had rusted"),
]
OTHER = "Basil likes warm soil and light. Sow the seeds in April and water them every second day."


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize(("question", "words"), FACTS)
def test_the_words_that_answer_are_named(reader: Reader, question: str, words: str) -> None:
    (reading,) = reader.read(question, [ReaderInput("The Harwell Bridge", PASSAGE)])
    found = PASSAGE[reading.spans[0].start : reading.spans[0].end]
    assert words in found or found in words, found


@pytest.mark.parametrize(("question", "_"), FACTS)
def test_a_passage_that_answers_scores_above_one_that_does_not(reader: Reader, question: str, _: str) -> None:
    answers, other = reader.read(question, [ReaderInput("The Harwell Bridge", PASSAGE), ReaderInput("Basil", OTHER)])
    assert answers.score > other.score
    assert other.score < 0


def test_it_is_small_and_says_where_it_comes_from() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 50_000_000
    card = (SHIPPED / "README.md").read_text("utf-8")
    assert all(
        word in card for word in ("CC BY-SA", "Apache-2.0", "SQuAD", "Natural Questions", "## Figures", "## Limits")
    )


def test_its_calibration_can_be_read() -> None:
    calibration = Reader().calibration
    assert calibration.languages == {"en"} and 0 < calibration.order_weight < 1
    assert calibration.confidence is not None and len(calibration.confidence) == 7
    thresholds = [at for at, _, _ in calibration.error_rates]
    assert thresholds == sorted(thresholds) and thresholds
    assert Path(SHIPPED / "training-log.jsonl").is_file()
