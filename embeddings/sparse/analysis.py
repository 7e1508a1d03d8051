"""Text → the terms by which rows are found.

Words are lower-cased and stemmed by the row's language; runs of scripts written without spaces are cut into pairs of
characters (as Lucene's CJK bigrams).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

import tantivy

from embeddings.scripts import PAIRED_RUN, replace_surrogates
from embeddings.word_memory import WordMemory

_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "nb": "norwegian",
    "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
_STOPWORDS = {"da", "de", "es", "fi", "fr", "hu", "it", "nl", "no", "nb", "nn", "pt", "ru", "sv"}
"""Languages (beside English) with a stop-word list in the engine."""

_ENGLISH_STOPWORDS = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
    it its itself they them their theirs themselves what which who whom this that these those am is are was were be
    been being have has had having do does did doing would should could ought a an the and but if or because as
    until while of at by for with about against between into through during before after above below to from up
    down in out on off over under again further then once here there when where why how all any both each few more
    most other some such no nor not only own same so than too very s t can will just don now
""".split()  # noqa: SIM905
"""The Snowball project's list for English."""

_WORD = re.compile(r"[^\W_]")


def has_words(text: str) -> bool:
    """True if there is any letter or digit in ``text``."""
    return _WORD.search(text) is not None


def index_terms(text: str, language: str | None) -> list[str]:
    """The terms a row is found by, in order, with repeats. Unspaced runs give pairs and single characters."""
    words, runs = _split_unspaced(text)
    terms: list[str] = _analyzer(language if language in _SNOWBALL else None, False).analyze(words)
    return terms + [part for run in runs for part in (*run, *_pairs(run))]


class RowTerms:
    """``index_terms`` of texts of one language, in another order and joined by spaces.

    Each white-space separated word is analysed once and remembered, which takes half the time.
    """

    def __init__(self, language: str | None) -> None:
        self._terms = WordMemory(lambda word: " ".join(index_terms(word, language)))

    def __call__(self, text: str) -> str:
        return " ".join(map(self._terms.__getitem__, text.split()))


def content_terms(text: str, language: str | None) -> list[str]:
    """``index_terms`` without the language's stop words: what a text is about, in order, with repeats."""
    words, runs = _split_unspaced(text)
    known = language if language in _SNOWBALL else None
    terms: list[str] = _analyzer(known, known is not None).analyze(words)
    return terms + [pair for run in runs for pair in _pairs(run) or [run]]


def question_terms(text: str, languages: Iterable[str | None]) -> list[tuple[str, ...]]:
    """The terms to look for: for each word of the question its distinct stems, one for each language rows may be in.

    Stop words are left out, unless nothing else is there: those of the one language that most of the question's words
    are stop words of, because "war" and "die" are stop words in German but not in English. Each word comes once.
    """
    spaced, runs = _split_unspaced(text)
    kinds = sorted({language if language in _SNOWBALL else None for language in languages} | {"en"}, key=str)
    words: list[str] = _analyzer(None, False).analyze(spaced)
    stop = max((_stop_words(words, language) for language in ("en", *kinds) if language), key=len)
    found = {_stems(word, kinds): None for word in words if word not in stop}
    found |= {(pair,): None for run in runs for pair in _pairs(run) or [run]}
    return list(found or {_stems(word, kinds): None for word in words})


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _stop_words(words: Iterable[str], language: str) -> frozenset[str]:
    return frozenset(word for word in words if not _analyzer(language, True).analyze(word))


def _stems(word: str, kinds: Iterable[str | None]) -> tuple[str, ...]:
    stems = [stem for language in kinds for stem in _analyzer(language, False).analyze(word)]
    return tuple(dict.fromkeys(stems))


def _split_unspaced(text: str) -> tuple[str, list[str]]:
    """``text`` with its unspaced runs taken out, and these runs. Compatibility forms (ﬁ, full-width) are unified."""
    if text.isascii():
        return text, []
    text = unicodedata.normalize("NFKC", replace_surrogates(text))
    text = text.replace("İ", "I")  # its lower-case form has a dot of its own
    runs = PAIRED_RUN.findall(text)
    return (PAIRED_RUN.sub(" ", text), runs) if runs else (text, runs)


@cache
def _analyzer(language: str | None, stop: bool) -> Any:
    """The engine's analyser: words, lower case, at most 64 bytes, no stop words if asked, stemmed, accents folded."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    builder = builder.filter(tantivy.Filter.remove_long(64)).filter(tantivy.Filter.lowercase())
    if stop and language == "en":
        builder = builder.filter(tantivy.Filter.custom_stopword(_ENGLISH_STOPWORDS))
    elif stop and language in _STOPWORDS:
        builder = builder.filter(tantivy.Filter.stopword(_SNOWBALL[language]))
    if language is not None:
        builder = builder.filter(tantivy.Filter.stemmer(_SNOWBALL[language]))
    return builder.filter(tantivy.Filter.ascii_fold()).build()
