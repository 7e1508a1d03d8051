"""Answers as a careless or lying model might write them: no altered quotation is shown as one, no true one lost."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator

import pytest

from qa.generation.check import Checker
from qa.generation.stream import SentenceStream
from tests.qa.generation.hits import hit

_WORDS = [
    'river', 'bridge', 'steel', 'owner', 'paid', 'closed', 'opened', 'Ostrava', 'fire', 'plant', 'crown', 'engine',
    'naïve', 'Zürich', 'office', 'flight', 'coöperate', 'well-known', '1972', '3.5', '40,000', '2010–2015',
    'don’t', "it's", '“loud”', '(about)', 'half;', 'café', 'Ἀθῆναι', 'Москва',
]  # fmt: skip
_INVENTED = ["we", "are", "deeply", "sorry", "about", "everything", "that", "happened", "there"]
_MARKS = (("“", "”"), ('"', '"'), ("«", "»"), ("„", "“"))


def _passage(chance: random.Random) -> str:
    sentences = []
    for _ in range(chance.randint(2, 5)):
        words = chance.choices(_WORDS, k=chance.randint(5, 14))
        sentences.append(" ".join(["The", *words, str(chance.randint(100, 9999))]) + ".")
    return chance.choice((" ", "\n")).join(sentences)


def _slice(text: str, chance: random.Random) -> str:
    words = list(re.finditer(r"\S+", text))
    first = chance.randrange(len(words) - 3)
    last = min(len(words) - 1, first + chance.randint(2, 8))
    return text[words[first].start() : words[last].end()]


def _same_words(words: str, chance: random.Random) -> str:
    """As a model may type them: other white space, quotation marks, dashes and Unicode forms."""
    form = chance.choice(("NFC", "NFD"))
    words = unicodedata.normalize(form, words)
    if chance.random() < 0.5:
        words = words.replace("’", "'").replace("“", "'").replace("”", "'").replace("–", "-")
    return chance.choice((" ", "  ", "\n")).join(words.split())


def _altered(words: str, text: str, chance: random.Random) -> str:
    """Words that do not stand there: one changed, put in, left out, cut off in its middle, of another case; two
    places joined as if they were one, or by a word; or all invented."""
    parts = words.split()
    place = chance.randrange(1, len(parts) - 1)
    kind = chance.randrange(7)
    if kind == 0:
        parts[place] = "hardly"
    elif kind == 1:
        parts.insert(place, "never")
    elif kind == 2:
        del parts[place]
    elif kind == 3:
        parts[place] = parts[place].swapcase()
    elif kind == 4:
        parts += [*chance.choice(([], ["and"])), *_slice(text, chance).split()]
    elif kind == 5:
        parts[-1] = parts[-1][:-1] or "x"
    else:
        parts = chance.sample(_INVENTED, len(_INVENTED))
    return " ".join(parts)


def _has(words: str, texts: list[str]) -> bool:
    """Told without the code under test: the same words in the same order, marks and forms aside."""
    wanted = _plain(words)
    return any(f" {wanted} " in f" {_plain(text)} " for text in texts)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\"“”„«»'’.,;()–-]", " ", unicodedata.normalize("NFC", text)).split())


def _pieces(text: str, chance: random.Random) -> Iterator[str]:
    while text:
        size = chance.randint(1, 12)
        yield text[:size]
        text = text[size:]


@pytest.mark.parametrize("streams", [1_000, pytest.param(10_000, marks=pytest.mark.corpus)])
def test_no_altered_quotation_is_shown_as_exact_and_no_true_one_is_struck(streams: int) -> None:
    chance = random.Random(20260)
    seen = {"true": 0, "altered": 0}
    for _ in range(streams):
        texts = [_passage(chance) for _ in range(chance.randint(1, 3))]
        wanted, parts = [], []
        for _ in range(chance.randint(1, 3)):
            source = chance.randrange(len(texts))
            words = _slice(texts[source], chance)
            true = chance.random() < 0.5
            words = _same_words(words, chance) if true else _altered(words, texts[source], chance)
            if not true and _has(words, texts):
                continue  # the change made words that do stand there
            opening, closing = chance.choice([pair for pair in _MARKS if not {*pair} & {*words}] or [_MARKS[2]])
            wanted.append((words, true))
            parts.append(f"It says {opening}{words}{closing} [{source + 1}].")
        stream, checker = SentenceStream(), Checker([hit(i, text) for i, text in enumerate(texts, 1)])
        written = [each for piece in _pieces(" ".join(parts), chance) for each in stream.feed(piece)] + stream.finish()
        assert len(written) == len(wanted), (parts, written)
        for sentence, (words, true) in zip(written, wanted, strict=True):
            statement = checker.check(sentence)
            seen["true" if true else "altered"] += 1
            assert (not statement.struck) == true, (words, statement, texts)
            if true:
                inside = statement.text[len("It says ") + 1 : -2]
                assert any(inside in text for text in texts), (words, statement, texts)
                assert statement.citations, statement
            else:
                assert statement.status == "struck"
                assert [statement.text[a:b] for a, b in statement.struck] == [words]
        for citation in checker.citations:
            text = texts[int(citation.document_id) - 1]
            assert citation.quote == text[citation.start : citation.end]
    assert min(seen.values()) > streams // 2
