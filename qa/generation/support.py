"""Does a passage say what a sentence claims? Judged by the words around its names and numbers.

A claim is supported by one or two sentences that follow each other in the passage when every number and every name of
it is there (or in the title and headings), each near the words that it is near in the claim, when its other words are
there in similar company, and when the two do not differ by a denial.

Measured on sentences of ClapNQ's written answers, true ones and ones with a number, a name or a denial changed, with
something added, or held against another passage: ``python -m benchmarks.support``. Two other
judges were measured on its tune part (n = 399) and left out: the cosine of sentence vectors added nothing (AUROC .945
without, .946 with), and the reader, given the claim as its question, tells another passage (.98) but no changed number
or name (.48), and nothing among what this rule calls supported (.48). Both would cost a model's run a sentence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from embeddings import content_terms, index_terms
from qa.answering.units import blocks_in, units_of
from qa.types import Hit

_CLAIM_REACH, _SOURCE_REACH = 3, 5
"""Words of meaning before and after a name that are its company in the claim, and how far they may be in the source:
further apart, because a claim leaves words out."""
_DENIAL_REACH = 2
"""Words of meaning around a denial that it denies."""
_LEAST_NEAR, _LEAST_COMPANY = 0.6, 0.5
"""Share of its company that each name and number must have, and that all words must have on average (a grid on the
train part of ClapNQ)."""
_NAME = re.compile(r"\b[^\W\d_a-zß-öø-ÿ][\w'’-]+")
"""A word with a capital letter."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DENIAL = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|nicht|kein\w*|nie|ohne|ne|jamais|sans|sin|nunca)\b|n['’]t\b",
    re.IGNORECASE,
)
_DENIED = "xdenialx"
"""Repositions any denial among the terms; in no text."""
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|(?<!\S)\S[^\s@]*+@\S+\.\w+")
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.!?\n]{0,60}\b(?:instructions?|prompts?|rules?|previous|above|passages?)\b"
    r"|\b(?:system|assistant|developer|user)\s*+(?:(?:prompt|message)\s*+)?[:>]"
    r"|<\|?\s*+(?:/\s*+)?(?:system|assistant|user|im_start|im_end)\b"
    r"|\byou are (?:now|an? (?:ai|assistant|language model|chatbot))\b"
    r"|\b(?:as|dear|attention|hey)\W++(?:an? )?(?:ai|assistant|language model|chatbot|llm)\b"
    r"|\b(?:answer|reply|respond|say|output|write|print|repeat|tell (?:the )?(?:user|reader))\b[^.!?\n]{0,40}"
    r"(?:\b(?:instead|only|exactly|always|every question|any question|that|with|the following)\b|:)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Support:
    """The words that support a claim: ``[start:end]`` of the document's text."""

    start: int
    end: int
    score: float
    """How much of the claim's company of words they have, 0 to 1."""


class _Claim(NamedTuple):
    terms: list[str]
    """Stems of its words of meaning, in order."""
    names: frozenset[str]
    """Those of its names and numbers that title and headings do not have, and the denial."""
    addresses: list[str]
    context: frozenset[str]
    """Terms of the passage's title and headings."""
    language: str | None


def support(claim: str, hit: Hit) -> Support | None:
    """The words of the passage that support the claim best; None when none do.

    A paragraph that gives orders to whoever answers supports nothing: it says nothing about the world.
    """
    language = hit.document.language
    context = frozenset(index_terms(f"{hit.source.title} {hit.passage.heading}", language))
    made = _claim(claim, context, language)
    if not made.terms:
        return None
    text = hit.document.text
    orders = [block for block in blocks_in(hit) if _ORDER.search(text, block.start, block.end)]
    spans = [(u.start, u.end) for u in units_of(hit) if not any(b.start <= u.start < b.end for b in orders)]
    found = [_weigh(made, text, [span]) for span in spans]
    if not any(found):  # what one sentence leaves open, the one before it often says
        pairs = ((one, other) for one, other in pairwise(spans) if not text[one[1] : other[0]].strip())
        found = [_weigh(made, text, pair) for pair in pairs]
    return max(filter(None, found), key=lambda each: each.score, default=None)


def _claim(text: str, context: frozenset[str], language: str | None) -> _Claim:
    rest = re.sub(r"^\W*[\w'’-]+", "", text)  # the first word's capital says nothing
    words = " ".join((*_NAME.findall(rest), *_NUMBER.findall(text)))
    names = frozenset(content_terms(words, language)) - context | {_DENIED}
    return _Claim(_terms(text, language), names, _ADDRESS.findall(text), context, language)


def _terms(text: str, language: str | None) -> list[str]:
    return content_terms(_DENIAL.sub(f" {_DENIED} ", text), language)


def _weigh(claim: _Claim, text: str, spans: Sequence[tuple[int, int]]) -> Support | None:
    positions: dict[str, list[int]] = defaultdict(list)
    position = 0
    for start, end in spans:
        terms = _terms(text[start:end], claim.language)
        if _denies(terms, claim.terms):
            return None
        for term in terms:
            positions[term].append(position)
            position += 1
        position += _SOURCE_REACH  # words of two sentences are no company
    source = text[spans[0][0] : spans[-1][1]]
    if any(address not in source for address in claim.addresses):
        return None
    company = [_company(claim, index, positions) for index in range(len(claim.terms))]
    near = [share for term, share in zip(claim.terms, company, strict=True) if term in claim.names]
    average = sum(company) / len(company)
    if min(near, default=1.0) < _LEAST_NEAR or average < _LEAST_COMPANY:
        return None
    return Support(spans[0][0], spans[-1][1], average)


def _denies(source: Sequence[str], claim: Sequence[str]) -> bool:
    if _DENIED in claim:
        return False
    denials = [index for index, term in enumerate(source) if term == _DENIED]
    around = ([*source[max(0, i - _DENIAL_REACH) : i], *source[i + 1 : i + 1 + _DENIAL_REACH]] for i in denials)
    return any(near and set(near) <= set(claim) for near in around)


def _company(claim: _Claim, index: int, positions: Mapping[str, Sequence[int]]) -> float:
    """The share of the words around a term of the claim that are also around it in the source, at its best position."""
    term = claim.terms[index]
    if term not in positions:
        return float(term in claim.context)
    reach = claim.terms[max(0, index - _CLAIM_REACH) : index + 1 + _CLAIM_REACH]
    around = [other for other in reach if other != term]

    def shared(position: int) -> int:
        near = range(position - _SOURCE_REACH, position + _SOURCE_REACH + 1)
        return sum(other in claim.context or any(at in near for at in positions.get(other, ())) for other in around)

    return max(map(shared, positions[term])) / len(around) if around else 1.0
