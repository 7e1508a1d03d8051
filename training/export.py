"""Puts a trained reader into the package: half precision, its tokenizer, its log and an empty calibration.

    python -m training.export ~/.cache/verbatim-training/reader

``calibration.json`` is kept where there is one: fit it again with ``benchmarks.confidence`` and write the constants in.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from qa.reader import SHIPPED, Calibration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a section's folder, with model/ and log.jsonl")
    source = parser.parse_args().folder
    model = AutoModelForQuestionAnswering.from_pretrained(source / "model", dtype=torch.float16)
    SHIPPED.mkdir(exist_ok=True)
    model.save_pretrained(SHIPPED)
    AutoTokenizer.from_pretrained(source / "model").save_pretrained(SHIPPED)
    shutil.copyfile(source / "log.jsonl", SHIPPED / "training-log.jsonl")
    calibration = SHIPPED / "calibration.json"
    if not calibration.is_file():
        default = Calibration()
        values = {
            "order_weight": default.order_weight,
            "sentence_share": default.sentence_share,
            "confidence": None,
            "languages": ["en"],
            "promise": [],
        }
        calibration.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
