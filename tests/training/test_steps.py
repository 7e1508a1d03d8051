"""Every step of training runs on tiny data, and what it gives can be used as a reader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.reader import Reader, ReaderInput
from tests.benchmarks.labelled_sets import write_sets
from training import average, data, evaluate, export, tables, train_reader

RECIPES = """
[start]
from = ""
files = ["labelled.jsonl", "negatives-words.jsonl", "tables.jsonl"]
sets = ["squad11", "squad20", "tables"]
negatives = 1
titles = 0.5
shared = 0.5
tokens = 96
epochs = 1
batches = 2
batch = 4
rate = 1e-4
seed = 1
"""


@pytest.mark.corpus
@pytest.mark.filterwarnings("ignore")  # of transformers and torch, to their own authors
def test_the_steps_of_the_readme_give_a_reader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets, folder, shipped = write_sets(tmp_path / "data"), tmp_path / "training", tmp_path / "shipped"
    (tmp_path / "reader.toml").write_text(RECIPES)
    data.main(["--folder", str(folder), "--data", str(sets)])
    assert {pair.kind for pair in data.read(folder / "labelled.jsonl")} == {"answer", "relevant", "none"}
    assert all(pair.mined for pair in data.read(folder / "negatives-words.jsonl"))
    tables.main(["--folder", str(folder), "--number", "5"])
    train_reader.main(["start", "--folder", str(folder), "--recipes", str(tmp_path / "reader.toml")])
    data.main(
        ["--folder", str(folder), "--data", str(sets), "--mistakes", str(folder / "start" / "model"), "--most", "2"]
    )
    average.main([str(folder / "start"), str(folder / "start"), "--to", str(folder / "average")])
    export.main([str(folder / "average"), "--to", str(shipped), "--logs", str(folder / "start")])
    assert json.loads((shipped / "calibration.json").read_text())["languages"] == ["en"]
    (reading,) = Reader(shipped).read("When was it opened?", [ReaderInput("Ashby", "The bridge was opened in 1800.")])
    assert reading.spans
    evaluate.main([str(shipped), "--part", "test", "--data", str(sets)])
    assert "squad20 AUROC" in capsys.readouterr().out
