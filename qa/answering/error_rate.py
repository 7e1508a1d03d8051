"""The share of answers that are wrong, measured on the user's own questions by ``qa evaluate``.

``evaluation.json`` in the library's folder holds the confidence of each question's best answer and whether it was
right, with the program, the model and the number of documents it was measured with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from qa.files import write_whole
from qa.storage.layout import Layout

LEAST_QUESTIONS = 50
"""Fewer say too little: with 50, the interval of 10 % wrong is about 3 % to 22 %."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcome of each question of one evaluation."""

    confidences: Sequence[float]
    right: Sequence[bool]
    """True where the best answer was right; as long as ``confidences``. An answer to a question that no document
    answers is wrong."""
    date: str
    """ISO 8601 in UTC."""
    version: str
    """Of the program."""
    model: str
    """Name of the embedding model, with its fingerprint."""
    documents: int

    def wrong(self, threshold: float) -> tuple[float, int] | None:
        """The share of the answers of at least this confidence that was wrong, and their number; None without any."""
        chosen = [right for at, right in zip(self.confidences, self.right, strict=True) if at >= threshold]
        return (chosen.count(False) / len(chosen), len(chosen)) if chosen else None


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """How often the answers from a threshold on are wrong."""

    wrong: float
    """Share, 0 to 1."""
    answers: int
    """Number of answers it was measured on."""
    own: bool
    """True when measured on the questions last evaluated in this library; False: on those that the reader was
    calibrated with."""

    @property
    def words(self) -> str:
        """One sentence for people."""
        if self.wrong <= 0:
            often = "no answer was"
        elif self.wrong > 0.4:
            often = f"{self.wrong:.0%} of the answers were"
        else:
            often = f"about 1 answer in {round(1 / self.wrong)} was"
        return f"On {'your own' if self.own else 'Wikipedia'} questions {often} wrong (n = {self.answers:,})."


def save_outcomes(folder: str | Path, outcomes: Outcomes) -> bool:
    """Save the outcomes in the library's folder instead of older ones; False, and nothing saved, when they are fewer
    than ``LEAST_QUESTIONS``. Raises ``OSError`` when the folder cannot be written."""
    if len(outcomes.confidences) < LEAST_QUESTIONS:
        return False
    write_whole(Layout(Path(folder)).evaluation, json.dumps({"format": _FORMAT, **asdict(outcomes)}) + "\n")
    return True


def saved_outcomes(folder: str | Path) -> Outcomes | None:
    """The outcomes saved in the library in this folder; None when there are none that can be read."""
    try:
        values = json.loads(Layout(Path(folder)).evaluation.read_text(encoding="utf-8"))
        found = Outcomes(**values) if values.pop("format") == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if found and len(found.confidences) == len(found.right) else None


def error_rate(
    folder: str | Path, threshold: float, measured: Sequence[tuple[float, float, int]] = ()
) -> ErrorRate | None:
    """The error rate from this threshold on: on the questions last evaluated in the library in this folder, when they
    were ``LEAST_QUESTIONS`` or more, else as ``measured`` (see ``Calibration.error_rates``) at the highest threshold
    that is not above this one. None when neither is known."""
    outcomes = saved_outcomes(folder)
    own = outcomes.wrong(threshold) if outcomes else None
    if own:
        return ErrorRate(*own, own=True)
    below = [(wrong, answers) for at, wrong, answers in measured if at <= threshold]
    return ErrorRate(*below[-1], own=False) if below else None
