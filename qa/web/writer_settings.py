"""The language model that writes the page's answers, and its settings in the page.

Three rules hold here. A key is never sent back to the page. A saved key is sent to the address that it was given for
and to no other. What the environment sets is not changed.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from qa.errors import SettingsError, VerbatimError
from qa.generation import Writer, is_loopback
from qa.settings import ANY_MODEL, LanguageModel, language_model_environment, load_language_model, save_language_model

_LABELS = {"url": "Address", "context": "Context size"}
"""Of the settings that the page does not call by their own names."""
_KEY_WITHOUT_ADDRESS = (
    "The key comes from the environment, so the address must come from there, too: set VERBATIM_LLM_URL."
)


class Wanted(BaseModel, extra="forbid"):
    """The settings as the page sends them."""

    url: str
    model: str = ""
    key: SecretStr | None = None
    """None: the one that is saved for this address; empty: no key."""
    context: int = LanguageModel.model_fields["context"].default
    temperature: float = LanguageModel.model_fields["temperature"].default
    timeout: float = LanguageModel.model_fields["timeout"].default


@dataclass(frozen=True, slots=True)
class _Current:
    model: LanguageModel | None = None
    """Its name is ``ANY_MODEL`` where none is chosen yet."""
    writer: Writer | None = None
    problem: str = ""


class WriterChoice:
    """The language model in use: read from file and environment at the start and after each change in the page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current = _loaded()

    @property
    def writer(self) -> Writer | None:
        """The language model at this moment; None: answers are made of quotes."""
        return self._current.writer

    def status(self) -> dict[str, Any]:
        """For everybody: the model, its host, and whether that is the machine that serves the page."""
        model, problem = self._current.model, bool(self._current.problem)
        if model is None or self._current.writer is None:
            return {"on": False, "problem": problem}
        shown = {"name": model.model, "host": urlsplit(model.url).netloc, "local": is_loopback(model.url)}
        return {"on": True, "problem": problem, **shown}

    def shown(self) -> dict[str, Any]:
        """All settings but the key, for those who may change them."""
        model = self._current.model
        values = model.model_dump(exclude={"key"}) if model else Wanted(url="").model_dump(exclude={"key"})
        return {
            **values,
            "model": "" if values["model"] == ANY_MODEL else values["model"],
            "has_key": bool(model and model.key),
            "fixed": sorted(_fixed()),
            "problem": self._current.problem,
        }

    def save(self, wanted: Wanted) -> None:
        """Save and use these. Raises ``SettingsError`` or ``PackageMissing``, and nothing has changed then."""
        with self._lock:
            model = self._made(wanted)
            Writer(model)
            _save(model)
            self._current = _loaded()

    def turn_off(self) -> None:
        """Delete address, model and key. Raises ``SettingsError``."""
        with self._lock:
            _save(None)
            self._current = _loaded()

    def models(self, wanted: Wanted) -> list[str]:
        """The models that this address offers. Raises ``WriterError`` or ``SettingsError``."""
        return Writer(self._made(wanted.model_copy(update={"model": wanted.model or ANY_MODEL}))).models()

    def try_out(self, wanted: Wanted) -> float:
        """The seconds that the model takes for one word. Raises ``WriterError`` or ``SettingsError``."""
        started = time.perf_counter()
        Writer(self._made(wanted)).try_out()
        return time.perf_counter() - started

    def _made(self, wanted: Wanted) -> LanguageModel:
        current, fixed = self._current.model, _fixed()
        if current is None and "url" in fixed:
            raise SettingsError(self._current.problem or _KEY_WITHOUT_ADDRESS)
        values: dict[str, Any] = dict(wanted)
        if current:
            values |= {name: getattr(current, name) for name in fixed}
            if wanted.key is None and values["url"].strip().rstrip("/") == current.url:
                values["key"] = current.key
        if values["key"] is not None and not values["key"].get_secret_value():
            values["key"] = None
        try:
            return LanguageModel(**values)
        except ValidationError as error:
            raise SettingsError(" ".join(map(_problem, error.errors()))) from None


def _fixed() -> frozenset[str]:
    """The settings that the environment gives. Address and key belong together: if it gives one, both are fixed."""
    given, together = language_model_environment(), {"url", "key"}
    return given | together if given & together else given


def _loaded() -> _Current:
    model = None
    try:
        model = load_language_model(chosen=False)
        chosen = load_language_model()
        return _Current(model, Writer(chosen) if chosen else None)
    except VerbatimError as error:
        return _Current(model, problem=str(error))


def _save(model: LanguageModel | None) -> None:
    try:
        save_language_model(model)
    except OSError as error:
        problem = f"The settings cannot be saved: {error.strerror} ({error.filename})."
        advice = "Make that file writable, or name another one in VERBATIM_LLM_FILE."
        raise SettingsError(f"{problem} {advice}") from error


def _problem(problem: Any) -> str:
    """The problem with one value, without the value: it may be a key."""
    name = problem["loc"][0]
    return f"{_LABELS.get(name, name.capitalize())}: {problem['msg'].removeprefix('Value error, ')}."
