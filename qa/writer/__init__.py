"""Answers in flowing sentences, written by a language model that somebody configured; every quote in them is proven.

Nothing here is used, and nothing leaves the machine, unless an address is configured (``qa.settings.LanguageModel``).
"""

from qa.writer.client import is_loopback
from qa.writer.writer import OnStatement, Writer

__all__ = ["OnStatement", "Writer", "is_loopback"]
