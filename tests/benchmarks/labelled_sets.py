"""Tiny question sets in the format of the labelled ones."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_TOWNS = "Ashby Bilton Corfe Dunster Elham Frome Girton Hexham Ilkley Jarrow Kelso Ludlow".split()  # noqa: SIM905

Row = tuple[dict[str, Any], dict[str, Any]]
"""A document and a question about it."""


def _paragraph(number: int, town: str) -> str:
    return (
        f"The stone bridge of {town} was opened in {1800 + number} by Mary {town}son. It has {number + 3} arches. "
        f"The market of {town} is held on the square in front of the Guild Hall, and has been for centuries."
    )


def write_sets(folder: Path) -> Path:
    """``splits.json``, in which all documents are in each part, and all sets: a document for each town."""
    squad, clapnq, whole, boolq = [], [], [], []
    for number, town in enumerate(_TOWNS):
        text = _paragraph(number, town)
        first = text.split(". ")[0] + "."
        opened = {"question": f"When was the stone bridge of {town} opened?", "answerable": True}
        year = str(1800 + number)
        squad.append(
            (
                {"id": f"{town}/0", "title": town, "text": text},
                {
                    **opened,
                    "id": f"s{number}",
                    "answers": [year],
                    "answer_starts": [text.index(year)],
                    "answer_doc_ids": [f"{town}/0"],
                },
            )
        )
        clapnq.append(
            (
                {"id": f"clap/{number:08x}", "title": f"{town} bridge", "text": text},
                {
                    **opened,
                    "id": f"c{number}",
                    "answers": [f"The bridge of {town} was opened in {year} by Mary {town}son."],
                    "answer_doc_ids": [f"clap/{number:08x}"],
                    "source_doc_id": f"clap/{number:08x}",
                    "long_answer": True,
                    "evidence": [first],
                },
            )
        )
        whole.append(
            (
                {"id": f"wiki_{number}", "title": f"{town} (town)", "text": f"{town}\n{text}"},
                {
                    **opened,
                    "id": f"n{number}",
                    "answers": [year],
                    "answer_doc_ids": [f"wiki_{number}"],
                    "evidence": first,
                },
            )
        )
        boolq.append(
            (
                {"id": f"boolq_{number}", "title": f"{town} fair", "text": f"{town} fair\nA fair is held in {town}."},
                {
                    "id": f"b{number}",
                    "question": f"is there a fair in {town}",
                    "answers": ["yes"],
                    "answerable": True,
                    "answer_doc_ids": [f"boolq_{number}"],
                    "evidence": f"A fair is held in {town}.",
                },
            )
        )
    clapnq, squad20 = _with_unanswerable(clapnq), _with_unanswerable(squad)
    sets = {
        "squad11": squad,
        "squad20": squad20,
        "nq_litm": squad,
        "nq_whole": whole,
        "clapnq": clapnq,
        "boolq": boolq,
        "covidqa": squad,
    }
    titles = {document["title"] for rows in sets.values() for document, _ in rows}
    folder.mkdir(parents=True)
    (folder / "splits.json").write_text(json.dumps(dict.fromkeys(("train", "tune", "test"), sorted(titles))))
    for name, rows in sets.items():
        _write(folder / "questions" / name / "docs.jsonl.gz", (document for document, _ in rows))
        _write(folder / "questions" / name / "questions.jsonl.gz", (question for _, question in rows))
    return folder


def _with_unanswerable(rows: list[Row]) -> list[Row]:
    unanswerable = {"answers": [], "answer_starts": [], "answer_doc_ids": [], "answerable": False}
    further = [
        (document, {**question, **unanswerable, "id": f"{question['id']}-", "source_doc_id": document["id"]})
        for document, question in rows
    ]
    return [*rows, *further]


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
