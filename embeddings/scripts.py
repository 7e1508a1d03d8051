"""Characters: the one rule, for indexing, matching, scoring and loading, about scripts that are written without spaces
between words; and lone surrogates, which are not characters."""

from __future__ import annotations

import re

_THAI_TO_KHMER = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL = "\uac00-\ud7a3"
_WIDE = "\u3000-\u303f\uff00-\uffef"  # punctuation, and Latin letters of the same width
_UNSPACED = re.compile(f"[{_THAI_TO_KHMER}{_KANA}{_HAN}]")
_SET_SOLID = re.compile(f"[{_THAI_TO_KHMER}{_KANA}{_HAN}{_WIDE}]")
_SURROGATE = re.compile("[\ud800-\udfff]")

PAIRED_RUN = re.compile(f"[{_THAI_TO_KHMER}{_KANA}{_HAN}{_HANGUL}]+")
"""A run that the keyword index cuts into pairs of characters: the unspaced scripts, and Korean, which has spaces but
joins particles and endings to its words."""


def is_unspaced(char: str) -> bool:
    """True if ``char`` is a letter of a script without spaces between words, where a word may begin or end anywhere."""
    return _UNSPACED.match(char) is not None


def is_set_solid(char: str) -> bool:
    """True if no space is typed next to ``char``: the unspaced scripts and the wide punctuation and letters set among
    them. Lines that end and begin with such characters are joined without a space."""
    return _SET_SOLID.match(char) is not None


def replace_surrogates(text: str) -> str:
    """``text`` with U+FFFD for every lone surrogate.

    JSON, the command line and broken files can contain such halves of characters, which can be neither stored nor
    tokenized.
    """
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
