"""Averages the weights of several trained readers: one reader, better than each of them where each was trained from
another of them (Wortsman et al. 2022, "Model soups").

    F=~/.cache/verbatim-training
    python -m training.average $F/reader $F/packed $F/both $F/hard --to $F/average
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer


def average(folders: list[Path], to: Path) -> None:
    """Write the mean of the weights in ``folders`` (each with ``model/``) to ``to``."""
    models = [AutoModelForQuestionAnswering.from_pretrained(each / "model", dtype=torch.float32) for each in folders]
    states = [model.state_dict() for model in models]
    mean = {
        name: torch.stack([state[name] for state in states]).mean(0) if values.is_floating_point() else values
        for name, values in states[0].items()
    }
    models[0].load_state_dict(mean)
    models[0].save_pretrained(to / "model")
    AutoTokenizer.from_pretrained(folders[0] / "model").save_pretrained(to / "model")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of sections, each with model/")
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args(arguments)
    average(options.folders, options.to)


if __name__ == "__main__":
    main()
