"""Writes a trained reader into the package, in half precision, with its tokenizer, its log and an empty calibration.

    F=~/.cache/verbatim-training
    python -m training.export $F/average --logs $F/start $F/reader $F/packed $F/both $F/hard

An existing ``calibration.json`` is left alone: fit it again with ``benchmarks.confidence`` and enter the constants.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from qa.codec import to_json
from qa.reader import SHIPPED, Calibration


def main(arguments: Sequence[str] | None = None) -> None:
    """Export the reader named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a folder with model/")
    parser.add_argument("--to", type=Path, default=SHIPPED, help="the folder of the shipped reader")
    parser.add_argument("--logs", type=Path, nargs="+", required=True, help="folders of sections, each with log.jsonl")
    options = parser.parse_args(arguments)
    model = AutoModelForQuestionAnswering.from_pretrained(options.source / "model", dtype=torch.float16)
    options.to.mkdir(exist_ok=True)
    model.save_pretrained(options.to)
    AutoTokenizer.from_pretrained(options.source / "model").save_pretrained(options.to)
    rows = [
        {"section": folder.name} | json.loads(line)
        for folder in options.logs
        for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    (options.to / "training-log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    calibration = options.to / "calibration.json"
    if not calibration.is_file():
        values = to_json(Calibration(languages=frozenset(["en"])))
        calibration.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
