"""Puts a trained reader into the package: half precision, its tokenizer, its log and an empty calibration.

    F=~/.cache/verbatim-training
    python -m training.export $F/average --logs $F/start $F/reader $F/packed $F/both $F/hard

``calibration.json`` is kept where there is one: fit it again with ``benchmarks.confidence`` and write the constants in.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from qa.codec import to_json
from qa.reader import SHIPPED, Calibration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder with model/")
    parser.add_argument("--logs", type=Path, nargs="+", required=True, help="sections' folders, each with log.jsonl")
    arguments = parser.parse_args()
    model = AutoModelForQuestionAnswering.from_pretrained(arguments.source / "model", dtype=torch.float16)
    SHIPPED.mkdir(exist_ok=True)
    model.save_pretrained(SHIPPED)
    AutoTokenizer.from_pretrained(arguments.source / "model").save_pretrained(SHIPPED)
    rows = [
        {"section": folder.name} | json.loads(line)
        for folder in arguments.logs
        for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    (SHIPPED / "training-log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    calibration = SHIPPED / "calibration.json"
    if not calibration.is_file():
        values = to_json(Calibration(languages=frozenset(["en"])))
        calibration.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
