"""Questions for the welcome: looked for behind the page, once for each state of the library, when nobody is asking."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from qa.library import Library
from qa.suggestions import Candidate, candidates, proven
from qa.types import Answer
from qa.web.jobs import Background

QUIET_SECONDS = 5.0
"""Nothing is looked for until so long after the last question of a person."""
PAUSE_SECONDS = 1.0
"""Between two of our own questions, so that a person's finds the machine free."""
MOST_DOCUMENTS = 12
"""So many documents are looked at, taken evenly from all."""
_OURS_SECONDS = 0.1
"""A question that the library was asked so soon after ours began is ours."""
_log = logging.getLogger(__name__)


class _Outdated(Exception):
    """Ends a search: the documents have changed meanwhile."""


class Suggester:
    """Three questions that the library can answer, or those that were given. Works only while a page asks for them."""

    def __init__(self, library: Library, background: Background, given: Sequence[str] = ()) -> None:
        """``given``: shown as they are, and nothing is looked for."""
        self._library, self._background = library, background
        self._given = tuple(given)
        self._found: tuple[str, ...] = ()
        self._version = self._wanted = ""
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        """Many pages ask at once, and one search is enough."""
        self._last_asked = float("-inf")

    def questions(self, version: str) -> tuple[str, ...]:
        """What is known for this state of the library; begins to look where nothing has been yet. Returns at once."""
        if self._given:
            return self._given
        with self._lock:
            self._wanted = version
            if version != self._version:
                self._found = ()
                if not self.looking and self._is_quiet():
                    self._version = version
                    self._thread = threading.Thread(target=self._look, name="verbatim-suggest", daemon=True)
                    self._thread.start()
            return self._found

    @property
    def looking(self) -> bool:
        """Whether questions may come soon."""
        return self._thread is not None and self._thread.is_alive()

    def _is_quiet(self) -> bool:
        status = self._background.status
        asked = self._library.asked_at
        since = time.monotonic() - asked
        return status.model == "ready" and not status.busy and (asked == self._last_asked or since > QUIET_SECONDS)

    def _look(self) -> None:
        try:
            groups = [found for found in self._candidates() if found]
            for question in proven(groups, self._ask, self._library.settings.threshold):
                self._found = (*self._found, question)
        except _Outdated:
            self._version, self._found = "", ()
        except Exception:
            _log.exception("no questions for the welcome")

    def _candidates(self) -> list[list[Candidate]]:
        sources = self._library.sources()
        step = max(len(sources) / MOST_DOCUMENTS, 1.0)
        evenly = [sources[int(number * step)] for number in range(min(len(sources), MOST_DOCUMENTS))]
        chosen = {source.document_id: source.title for source in evenly}
        return [candidates(self._library.document(id), title) for id, title in chosen.items()]

    def _ask(self, question: str) -> Answer:
        """Ask when it is quiet; raises _Outdated when the documents are no longer those that are looked at."""
        time.sleep(PAUSE_SECONDS)
        while not self._is_quiet():
            if self._background.status.busy:
                raise _Outdated
            time.sleep(PAUSE_SECONDS)
        if self._wanted != self._version:
            raise _Outdated
        started = time.monotonic()
        answer = self._library.ask(question)
        if self._library.asked_at - started < _OURS_SECONDS:
            self._last_asked = self._library.asked_at
        return answer
