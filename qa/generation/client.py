"""The language model behind an OpenAI-compatible address: what it offers, and its words as they come.

Everything that can go wrong there comes out as a ``WriterError`` that says what to do. No message contains the key.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from qa.errors import PackageMissing, WriterError
from qa.settings import LanguageModel

Messages = Sequence[dict[str, str]]

_LONGEST_WAIT = 20.0
"""Seconds that are waited, once, when the address says that there is too much to do and for how long."""
_NO_SUCH_ADDRESS = (
    "{url} does not answer as an OpenAI-compatible address does. Such an address often ends in /v1; "
    "qa models tells whether it is right."
)
_SHOWN_CHARS = 200
"""Of what an address says about an error."""


class Client:
    """One language model. Thread-safe."""

    def __init__(self, model: LanguageModel) -> None:
        """Contacts nothing yet. Raises ``PackageMissing`` where the openai package is not installed."""
        try:
            import openai
        except ModuleNotFoundError as error:
            raise PackageMissing("A language model", "the package openai", "llm") from error
        self.model = model
        # the environment may name an organization and a project for another address; no connection outlives its answer
        omitted: Any = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
        http = openai.DefaultHttpxClient(
            follow_redirects=False,  # the question goes to the address that was named and to no other
            trust_env=not is_loopback(model.url),  # a proxy has nothing to do with this machine's own addresses
            timeout=model.timeout,
        )
        self._client = openai.OpenAI(
            base_url=model.url,
            api_key=model.key.get_secret_value() if model.key else "none",
            default_headers={**omitted, "Connection": "close"},
            max_retries=0,
            timeout=model.timeout,
            http_client=http,
        )

    def models(self) -> list[str]:
        """The names of the models that the address offers, sorted. Raises ``WriterError``."""
        import openai

        with self._named_errors():
            try:
                return sorted(str(each.id) for each in self._client.models.list().data or ())
            except openai.NotFoundError:
                raise WriterError(_NO_SUCH_ADDRESS.format(url=self.model.url)) from None

    def stream(self, messages: Messages, most_tokens: int) -> Generator[str]:
        """The model's words in the pieces in which they come. Raises ``WriterError``, also in the middle."""
        for attempt in (1, 2):
            try:
                yield from self._pieces(messages, most_tokens)
                return
            except WriterError as error:
                if attempt == 2 or error.wait is None or error.wait > _LONGEST_WAIT:
                    raise
                time.sleep(error.wait)

    def _pieces(self, messages: Messages, most_tokens: int) -> Iterator[str]:
        ended, any_words = False, False
        with self._named_errors():
            stream: Any = self._client.chat.completions.create(
                model=self.model.model,
                messages=list(messages),  # type: ignore[arg-type]
                temperature=self.model.temperature,
                max_tokens=most_tokens,
                stream=True,
            )
            with stream:
                for chunk in stream:
                    for choice in (getattr(chunk, "choices", None) or ())[:1]:
                        ended = ended or choice.finish_reason is not None
                        if getattr(choice.delta, "refusal", None):
                            raise WriterError(f"The language model {self.model.model} refused to answer.")
                        if choice.delta is not None and choice.delta.content:
                            any_words = True
                            yield choice.delta.content
        if not any_words:
            raise WriterError(
                f"The language model {self.model.model} gave an empty answer. Try another model: qa models."
                if ended
                else _NO_SUCH_ADDRESS.format(url=self.model.url)
            )
        if not ended:
            raise WriterError(f"The answer of {self.model.model} broke off before its end.")

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Of whatever a server sends that is not such a stream: every library below has errors of its own."""
        try:
            yield
        except (WriterError, GeneratorExit):
            raise
        except Exception as error:
            raise self._named(error) from None

    def _named(self, error: Exception) -> WriterError:
        import openai

        url, name, wait = self.model.url, self.model.model, _wait(error)
        cause = type(error.__cause__ or error).__name__
        given = "refused the key" if self.model.key else "asks for a key, and none is set"
        later = "later" if wait is None else f"in {wait:.0f} seconds"
        messages: dict[type[Exception], str] = {  # the first that fits
            openai.AuthenticationError: f"{url} {given} (401). Set VERBATIM_LLM_KEY.",
            openai.PermissionDeniedError: f"{url} does not allow {name} with this key{self._said(error)}.",
            openai.NotFoundError: f"{url} has no model {name!r}{self._said(error)}. See what it has: qa models.",
            openai.RateLimitError: f"{url} has too much to do, or its quota is used up (429). Ask again {later}.",
            openai.APITimeoutError: f"{url} was silent for {self.model.timeout:g} seconds. Set VERBATIM_LLM_TIMEOUT to "
            "wait longer.",
            openai.APIConnectionError: f"{url} cannot be reached ({cause}). Is the server running?",
            openai.APIStatusError: f"{url} answered with an error{self._said(error)}.",
            openai.APIError: f"{url} sent an error instead of an answer{self._said(error)}.",
            OSError: f"The answer of {name} broke off before its end ({cause}).",
        }
        broken = type(error).__module__.startswith("http")  # httpx, under the name that openai installs it by
        kind = OSError if broken else next((kind for kind in messages if isinstance(error, kind)), None)
        return WriterError(messages[kind] if kind else _NO_SUCH_ADDRESS.format(url=url), wait)

    def _said(self, error: Any) -> str:
        """The message of the address, shortened and without the key."""
        body = getattr(error, "body", None)
        message = body.get("message") if isinstance(body, dict) else None
        if not isinstance(message, str) or "<" in message:
            return ""
        if self.model.key:
            message = message.replace(self.model.key.get_secret_value(), "***")
        words = " ".join("".join(each if each.isprintable() else " " for each in message).split())
        return f": “{words[:_SHOWN_CHARS]}”"


def is_loopback(address: str) -> bool:
    """True if a URL, or a bare host name or IP address, means this machine and no other."""
    host = (urlsplit(address).hostname or "") if "//" in address else address.strip("[]").casefold()
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wait(error: Any) -> float | None:
    """The seconds that the address asks to wait when it has too much to do; None when it does not say."""
    if getattr(error, "status_code", None) != 429:
        return None
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None
