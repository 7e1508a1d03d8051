"""Links that outlive a change: the words are found where they stand now, or it is said that they are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.exceptions import HTTPException

from embeddings import HashingEncoder
from qa.library import Library
from qa.web.escape import quote_href
from qa.web.routes.links import (
    CHANGED,
    ELSEWHERE,
    MOVED,
    NOT_HERE,
    OLD_LINK,
    SOURCE_GONE,
    WORDS_GONE,
    Link,
    current_location,
    find_words,
)

WORDS = "The bridge is 212 metres long"


@pytest.mark.parametrize(
    ("text", "words", "near", "location"),
    [
        ("😀 a b c", "b c", 0, (4, 7)),
        ("one\n  two\u00a0three", "one two three", 0, (0, 15)),
        ("x y, x y, x y", "x y", 6, (5, 8)),
        ("in 2012 and 12 more", "12", 0, (12, 14)),
        ("The category of the cat", "The cat", 0, None),
        ("本书的第一章", "第一章", 0, (3, 6)),
        ("costs $4 (a+b)* now", "$4 (a+b)*", 0, (6, 15)),
        ("Case Matters", "case matters", 0, None),
        ("anything", " ", 0, None),
    ],
)
def test_words_are_found_at_exact_offsets(text: str, words: str, near: int, location: tuple[int, int] | None) -> None:
    """White space aside, the nearest of several, never inside another word or number, and never as a pattern."""
    assert find_words(text, words, near) == location


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "bridge.txt").write_text(f"Built in 1932. 😀 {WORDS}. It is red.", "utf-8")
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as opened:
        opened.add([tmp_path / "bridge.txt"], vectors=False)
        yield opened


def link_of(library: Library, words: str = WORDS) -> Link:
    """What the link to ``words`` carries, read back from it."""
    (source,) = library.sources()
    start = library.document(source.document_id).text.index(words)
    href = quote_href(source.document_id, start, start + len(words), source.id, words)
    _, document, first, last, number, encoded = href.split("-", 5)
    return Link(document, int(first), int(last), int(number), unquote(encoded))


def follow(library: Library, link: Link) -> tuple[str, str]:
    """The words that the link leads to today, and the message."""
    location = current_location(library, link)
    return library.document(location["document"]).text[location["start"] : location["end"]], location["message"]


def change(library: Library, tmp_path: Path, text: str) -> None:
    (tmp_path / "bridge.txt").write_text(text, "utf-8")
    library.add([tmp_path / "bridge.txt"], vectors=False)


def test_a_link_to_a_version_that_is_there_leads_to_its_location(library: Library) -> None:
    assert follow(library, link_of(library)) == (WORDS, "")


def test_after_a_change_the_words_are_found_again(library: Library, tmp_path: Path) -> None:
    """Moved, and broken into lines elsewhere."""
    link = link_of(library)
    change(library, tmp_path, "A long preface. 😀😀 " * 5 + "\nThe bridge is\n212 metres long. It is blue.")
    assert follow(library, link) == ("The bridge is\n212 metres long", MOVED)


def test_words_that_are_gone_lead_to_the_beginning(library: Library, tmp_path: Path) -> None:
    link = link_of(library)
    change(library, tmp_path, "The bridge is 213 metres long.")
    assert follow(library, link) == ("", WORDS_GONE)
    assert follow(library, link._replace(words="")) == ("", CHANGED)


def test_a_source_that_is_gone_says_so(library: Library) -> None:
    link = link_of(library)
    library.remove([link.source_id])
    with pytest.raises(HTTPException) as caught:
        follow(library, link)
    assert (caught.value.status_code, caught.value.detail) == (404, SOURCE_GONE)


def test_a_link_of_before_names_no_source_and_says_so(library: Library, tmp_path: Path) -> None:
    """While the version is there it opens as ever."""
    old = link_of(library)._replace(source_id=0, words="")
    assert follow(library, old) == (WORDS, "")
    change(library, tmp_path, "Something else.")
    with pytest.raises(HTTPException) as caught:
        follow(library, old)
    assert caught.value.detail == OLD_LINK


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Library]:
    """Another library, whose source of the same number is another document."""
    (tmp_path / "ferry.txt").write_text("The ferry crosses the fjord at noon. It is 40 metres long.", "utf-8")
    with Library.open(tmp_path / "other", encoder=HashingEncoder()) as opened:
        opened.add([tmp_path / "ferry.txt"], vectors=False)
        yield opened


def test_a_link_of_another_library_meets_no_source_of_its_number(library: Library, other: Library) -> None:
    """It is said that the document is not here; a link of before carries no library id and leads where it led."""
    (source,) = library.sources()
    link = link_of(library, "The bridge is 212")
    assert other.sources()[0].id == source.id
    with pytest.raises(HTTPException) as caught:
        current_location(other, link._replace(library_id=library.id))
    assert (caught.value.status_code, caught.value.detail) == (404, NOT_HERE)
    assert follow(other, link) == ("", WORDS_GONE)


def test_a_link_of_another_library_finds_its_words_here(library: Library, other: Library, tmp_path: Path) -> None:
    """In another version of the document, say; few words would be found in many."""
    (tmp_path / "copy.txt").write_text(f"Seen in spring. {WORDS}, and it is green.", "utf-8")
    other.add([tmp_path / "copy.txt"], vectors=False)
    link = link_of(library, f"{WORDS}. It")
    words = f"{WORDS}, and it"
    location = current_location(other, link._replace(words=words, library_id=library.id))
    found = other.document(location["document"])
    assert (found.text[location["start"] : location["end"]], location["message"]) == (words, ELSEWHERE)
    for few in ("it is", "", "?! " * 20):
        with pytest.raises(HTTPException, match="another one"):
            current_location(other, link._replace(words=few, library_id=library.id))


def test_a_link_in_its_own_library_outlives_a_change(library: Library, tmp_path: Path) -> None:
    link = link_of(library)._replace(library_id=library.id)
    change(library, tmp_path, f"It is blue. {WORDS}.")
    location = current_location(library, link)
    assert (location["start"], location["message"]) == (12, MOVED)


def test_a_library_has_the_same_id_when_it_is_opened_again(library: Library, other: Library) -> None:
    ids = library.id, other.id
    assert ids[0] != ids[1] and all(re.fullmatch("[0-9a-f]{8}", each) for each in ids)
    with Library.open(library.folder, encoder=HashingEncoder()) as again:
        assert again.id == library.id == ids[0]
