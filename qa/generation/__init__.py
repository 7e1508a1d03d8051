"""Answers in flowing sentences, written by a language model that somebody configured; every quote in them is proven.

Nothing here is used, and nothing leaves the machine, unless an address is configured (``qa.settings.LanguageModel``).
"""

from qa.generation.client import is_loopback
from qa.generation.writer import FAILURES, OnStatement, Writer, failure_words

__all__ = ["FAILURES", "OnStatement", "Writer", "failure_words", "is_loopback"]
