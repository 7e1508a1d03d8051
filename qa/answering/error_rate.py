"""How often answers were wrong on the user's own questions, as ``qa evaluate`` last found it for a library.

The file ``evaluation.json`` in the library's folder holds, for each question, the confidence of its best answer and
whether it was right. An older program, model or set of documents may have given them: the file says which.
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
    """What became of the questions of one evaluation."""

    confidences: Sequence[float]
    right: Sequence[bool]
    """Whether the best answer was; as long as ``confidences``. An answer to what no document answers is wrong."""
    date: str
    """ISO 8601 in UTC."""
    version: str
    """Of the program."""
    model: str
    """Name of the embedding model, with its fingerprint."""
    documents: int

    def promise(self, threshold: float) -> tuple[float, int] | None:
        """Among the answers of at least this confidence the share that was wrong, and how many they are; None when
        there are none."""
        chosen = [right for at, right in zip(self.confidences, self.right, strict=True) if at >= threshold]
        return (chosen.count(False) / len(chosen), len(chosen)) if chosen else None


def keep(folder: str | Path, outcomes: Outcomes) -> bool:
    """Put the outcomes into the library's folder in place of older ones; False, and nothing done, when they are fewer
    than ``LEAST_QUESTIONS``. Raises ``OSError`` when the folder cannot be written."""
    if len(outcomes.confidences) < LEAST_QUESTIONS:
        return False
    write_whole(Layout(Path(folder)).evaluation, json.dumps({"format": _FORMAT, **asdict(outcomes)}) + "\n")
    return True


def kept(folder: str | Path) -> Outcomes | None:
    """The outcomes kept for the library in this folder; None when there are none that can be read."""
    try:
        values = json.loads(Layout(Path(folder)).evaluation.read_text(encoding="utf-8"))
        found = Outcomes(**values) if values.pop("format") == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if found and len(found.confidences) == len(found.right) else None


@dataclass(frozen=True, slots=True)
class Promise:
    """How often the answers from a threshold on are wrong."""

    wrong: float
    """Share, 0 to 1."""
    answers: int
    """Number of answers that it was measured on."""
    own: bool
    """On the questions last evaluated in this library, rather than on those that the reader was calibrated with."""

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


def promise(folder: str | Path, threshold: float, measured: Sequence[tuple[float, float, int]] = ()) -> Promise | None:
    """What can be promised at this threshold: by the questions last evaluated in the library of this folder, when they
    were ``LEAST_QUESTIONS`` or more, else by what was ``measured`` (see ``qa.reader.reader.Calibration``) at the
    highest threshold that is not above this one. None when neither says anything."""
    outcomes = kept(folder)
    own = outcomes.promise(threshold) if outcomes else None
    if own:
        return Promise(*own, own=True)
    below = [(wrong, answers) for at, wrong, answers in measured if at <= threshold]
    return Promise(*below[-1], own=False) if below else None
