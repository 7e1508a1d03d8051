"""Every tunable, once, with its unit and reason. ``VERBATIM_<NAME>`` in the environment overrides a value."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from platformdirs import user_config_path, user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from qa.errors import SettingsError
from qa.files import write_whole

_PREFIX = "VERBATIM_"
_MODEL_PREFIX = "VERBATIM_LLM_"
ANY_MODEL = "any model"
"""The name of a language model where none is chosen yet."""
_Made = TypeVar("_Made", bound=BaseSettings)


class Settings(BaseSettings):
    """Frozen; give changed values to the constructor or set environment variables."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    library: Path = Field(default_factory=lambda: user_data_path("verbatim", appauthor=False))
    """Folder of the library that is used when none is named."""
    model: str | None = None
    """Embedding model: a name, a folder, or a hub name. None: the one the library was made with, else the default."""

    max_file_bytes: int = 256 * 1024 * 1024
    """A larger file is refused: the whole file, and several copies of its text, must fit in memory."""
    max_text_chars: int = 50_000_000
    """A file that unpacks to more text is refused (zip bombs; a large book has 3 million characters)."""
    read_seconds: float = 120.0
    """Time for one file in the reading process; the slowest real file measured took 20 s."""
    ocr_seconds: float = 180.0
    """Time for OCR of one page in the reading process; a full page of A4 takes 3 to 6 s on two idle cores."""
    read_memory_bytes: int = 3 * 1024 * 1024 * 1024
    """Address space of the reading process."""

    passage_chars: int = Field(1000, ge=200, le=8000)
    """Target length of a passage: 1,000 measured better than 500, and 1,600 is cut by the default encoder."""
    max_tokens: int = Field(256, ge=32)
    """A passage with its title and heading is at most min(this, the encoder's window) tokens."""
    min_sentence_chars: int = 25
    """Shorter sentences get no vector of their own (measured: they only add noise)."""

    reader: str = "default"
    """Extractive reader: ``default`` (the shipped one), a folder or hub name of another, or ``none``: by sentences."""
    read_passages: int = Field(20, ge=1, le=200)
    """The reader reads this many of the best passages: 20 take about 0.4 s on 2 cores."""
    quoted_passages: int = Field(8, ge=1)
    """Quotes are chosen from this many of the best passages."""
    shown_passages: int = Field(10, ge=1)
    """An answer carries this many of the best passages; without a reader, no more are searched for it."""

    candidates: int = Field(100, ge=1)
    """Passages taken from each of the two indexes before the fused score ranks them."""
    dense_weight: float = Field(0.7, ge=0.0, le=1.0)
    """Weight of the cosine of the best sentence, or of the passage where it is nearer; the rest is that of BM25 by its
    best. Taken from 0.5 to 0.8 on tune questions (nq_whole 31, clapnq 32, squad11 300), where the differences were
    within the noise."""
    max_question_chars: int = 4000
    """A longer question is refused; the encoder reads about 1,000 characters of it."""
    max_quotes: int = Field(3, ge=1)
    """An answer has at most this many quotes."""
    threshold: float = Field(0.45, ge=0.0, le=1.0)
    """Below this confidence the answer is ``not_found``. On 400 tune questions, in libraries of 10 to 885 documents,
    92 and 88 % of what the documents answer was answered at 0.4 and 0.5, and 4 and 3 % of what they do not
    (``benchmarks/confidence.py``)."""

    sync_gone_share: float = Field(0.3, ge=0.0, le=1.0)
    """A sync in which a larger share of a root's files is missing removes nothing unless confirmed."""


def load_settings(
    library: str | Path | None = None,
    model: str | None = None,
    reader: str | None = None,
    threshold: float | None = None,
) -> Settings:
    """The settings of this process, with these values where they are given.

    Raises ``SettingsError``, which names the environment variable, the value and what is wrong with it.
    """
    changes: dict[str, Any] = {"library": library, "model": model, "reader": reader, "threshold": threshold}
    return _made(Settings, _PREFIX, {name: value for name, value in changes.items() if value is not None})


class LanguageModel(BaseSettings):
    """The language model that writes answers, behind an OpenAI-compatible address. Frozen."""

    model_config = SettingsConfigDict(env_prefix=_MODEL_PREFIX, frozen=True, extra="forbid")

    url: str
    """Base address, such as ``http://127.0.0.1:11434/v1``. Questions and passages go there and nowhere else."""
    model: str = Field(min_length=1)
    """Name of the model, as ``qa models`` lists it."""
    key: SecretStr | None = None
    """None where the address asks for none. Never shown or logged."""
    context: int = Field(4096, ge=1024)
    """Tokens that the model reads and writes together; passages that do not fit are left out, the last first. 4,096 is
    what Ollama gives a model by default; it cuts longer prompts without warning."""
    temperature: float = Field(0.0, ge=0.0, le=2.0)
    """0: the same words for the same question, as far as the model can."""
    timeout: float = Field(60.0, gt=0.0)
    """Seconds without a word after which it is given up; a large model on a slow machine takes long to begin."""

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it must be a URL such as http://127.0.0.1:11434/v1")
        if parts.username or parts.password:
            raise ValueError("the URL must not contain a key; set VERBATIM_LLM_KEY instead")
        return value.strip().rstrip("/")

    @field_validator("key")
    @classmethod
    def _header(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not (value.get_secret_value().isascii() and value.get_secret_value().isprintable()):
            raise ValueError("it may have only ASCII characters and no line breaks; copy it again")
        return value


def language_model_file() -> Path:
    """The file in which the page saves the language model's settings; ``VERBATIM_LLM_FILE`` names another."""
    return Path(os.environ.get("VERBATIM_LLM_FILE") or user_config_path("verbatim", appauthor=False) / "llm.json")


def load_language_model(*, chosen: bool = True) -> LanguageModel | None:
    """The language model that is configured: by the file, single values of it replaced by ``VERBATIM_LLM_URL``,
    ``_MODEL``, ``_KEY``, ``_CONTEXT``, ``_TEMPERATURE``, ``_TIMEOUT``; None when neither names an address.

    ``chosen=False``: its name may be missing, and is ``ANY_MODEL`` then; enough to ask what the address offers.
    Raises ``SettingsError`` for a value that is missing or cannot be, and for a file with a key that others can read.
    """
    given = _saved_values()
    here = {name: os.environ[_MODEL_PREFIX + name.upper()] for name in language_model_environment()}
    if here.get("url", given.get("url")) != given.get("url"):
        given.pop("key", None)  # it belongs to the address in the file and is sent to no other
    given |= here
    if not given.get("url"):
        return None
    if not given.get("model"):
        if chosen:
            raise SettingsError("No language model is chosen. Set VERBATIM_LLM_MODEL to one that qa models lists.")
        given["model"] = ANY_MODEL
    return _made(LanguageModel, _MODEL_PREFIX, given)


def language_model_environment() -> frozenset[str]:
    """Names of the language model's settings that the environment gives."""
    return frozenset(name for name in LanguageModel.model_fields if os.environ.get(_MODEL_PREFIX + name.upper()))


def save_language_model(model: LanguageModel | None) -> None:
    """Save the settings in the file, which only its owner can read; None deletes it. Values from the environment are
    not saved."""
    path = language_model_file()
    if model is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    values = model.model_dump(exclude_none=True, exclude={"key", *language_model_environment()})
    if model.key and "key" not in language_model_environment():
        values["key"] = model.key.get_secret_value()
    write_whole(path, json.dumps(values, indent=1))


def _saved_values() -> dict[str, Any]:
    path = language_model_file()
    try:
        text = path.read_text(encoding="utf-8")
        others = os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        values = json.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {error}. Mend or delete it.") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path} holds no settings of a language model. Mend or delete it.")
    if values.get("key") and others:
        raise SettingsError(f"{path} holds a key and can be read by others. Run: chmod 600 '{path}'")
    return values


def _made(kind: type[_Made], prefix: str, values: dict[str, Any]) -> _Made:
    try:
        return kind(**values)
    except ValidationError as error:
        found = [_problem(prefix, problem) for problem in error.errors()]
        raise SettingsError(" ".join(found)) from None


def _problem(prefix: str, problem: Any) -> str:
    """The problem with one value; a key is never shown, nor an address that contains one."""
    name, value = str(problem["loc"][0]), problem["input"]
    secret = name == "key" or (name == "url" and "@" in str(value))
    shown = "" if problem["type"] == "missing" else "***" if secret else value
    return f"{prefix}{name}".upper() + f"={shown}: {problem['msg']}."
