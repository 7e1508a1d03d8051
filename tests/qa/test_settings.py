"""Where the language model's settings come from, and that its key stays where it is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from qa.errors import SettingsError
from qa.settings import LanguageModel, language_model_file, load_language_model, save_language_model


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("VERBATIM_LLM_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VERBATIM_LLM_FILE", str(tmp_path / "settings" / "llm.json"))


def test_nothing_is_configured_unless_somebody_does() -> None:
    assert load_language_model() is None


def test_the_environment_replaces_values_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    save_language_model(LanguageModel(url="http://127.0.0.1:1/v1/", model="small", key="sk-1"))
    monkeypatch.setenv("VERBATIM_LLM_MODEL", "large")
    model = load_language_model()
    assert model
    assert (model.url, model.model) == ("http://127.0.0.1:1/v1", "large")
    assert model.key
    assert model.key.get_secret_value() == "sk-1"


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_only_the_owner_can_read_the_key() -> None:
    save_language_model(LanguageModel(url="http://127.0.0.1:1/v1", model="small", key="sk-1"))
    path = language_model_file()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_language_model()


def test_a_key_of_the_file_goes_to_its_own_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    save_language_model(LanguageModel(url="http://127.0.0.1:1/v1", model="small", key="sk-1"))
    monkeypatch.setenv("VERBATIM_LLM_URL", "http://127.0.0.1:2/v1")
    model = load_language_model()
    assert model
    assert model.key is None


def test_a_key_is_in_no_text_of_the_settings() -> None:
    model = LanguageModel(url="http://127.0.0.1:1/v1", model="small", key="sk-1")
    assert "sk-1" not in f"{model!r}{model!s}{model.model_dump_json()}"


def test_forgetting_leaves_no_file() -> None:
    save_language_model(LanguageModel(url="http://127.0.0.1:1/v1", model="small"))
    save_language_model(None)
    assert not language_model_file().exists()
    save_language_model(None)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("URL", "ftp://x/v1", "VERBATIM_LLM_URL=ftp://x/v1: Value error, it must be a URL such as"),
        ("URL", "https://me:secret@x/v1", "the URL must not contain a key"),
        ("KEY", "secret\u2026", "ASCII"),
        ("KEY", "secret\nX: y", "line breaks"),
        ("CONTEXT", "12", "VERBATIM_LLM_CONTEXT=12"),
        ("TIMEOUT", "soon", "VERBATIM_LLM_TIMEOUT=soon"),
        ("TEMPERATURE", "9", "VERBATIM_LLM_TEMPERATURE=9"),
    ],
)
def test_a_value_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv("VERBATIM_LLM_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("VERBATIM_LLM_MODEL", "small")
    monkeypatch.setenv(f"VERBATIM_LLM_{name}", value)
    with pytest.raises(SettingsError, match=words.replace("(", r"\(")) as caught:
        load_language_model()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[1]", json.dumps({"url": "http://x", "model": "m", "colour": "red"})])
def test_a_file_that_is_damaged_is_named(text: str) -> None:
    path = language_model_file()
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(SettingsError):
        load_language_model()
