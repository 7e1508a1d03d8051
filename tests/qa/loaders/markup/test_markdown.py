"""Markdown → blocks, lines, metadata."""

from __future__ import annotations

import pytest

from qa.loaders.load import load
from qa.types import Document
from tests.helpers import DATA, needs_data

SEED = "seed/russian_involvement_in_syria.md"


def read(text: str) -> Document:
    return load(text.encode(), "file.md")


def shown(text: str) -> list[tuple[str, int, int | None, str]]:
    """(kind, level, source line, text) of each block."""
    document = read(text)
    return [(b.kind, b.level, document.line_of(b.start), document.text[b.start : b.end]) for b in document.blocks]


def test_headings_keep_their_level_and_lose_their_marks() -> None:
    assert shown("# One *two* {#id}\n\nTitle\n=====\n\n### [Link](http://x) `code`\n") == [
        ("heading", 1, 1, "One two"),
        ("heading", 1, 3, "Title"),
        ("heading", 3, 6, "Link code"),
    ]


def test_joined_source_lines_keep_their_numbers() -> None:
    document = read("# T\n\nfirst **line**\nsecond\nthird\n")
    text = document.text
    assert text == "T\n\nfirst line second third"
    assert [document.line_of(text.index(word)) for word in ("first", "line", "second", "third")] == [3, 3, 4, 5]


def test_a_picture_is_a_caption_of_its_own() -> None:
    assert shown("![A *cat*](c.png)\nText ![dog](d.png) goes on.\n") == [
        ("caption", 0, 1, "A cat"),
        ("paragraph", 0, 2, "Text goes on."),
        ("caption", 0, 2, "dog"),
    ]


def test_lists_keep_depth_and_numbers() -> None:
    assert shown("- a\n- b\n  1. c\n\n     more\n  2. d\n- [x] done\n") == [
        ("list_item", 1, 1, "a"),
        ("list_item", 1, 2, "b"),
        ("list_item", 2, 3, "1. c"),
        ("list_item", 2, 5, "more"),
        ("list_item", 2, 6, "2. d"),
        ("list_item", 1, 7, "☒ done"),
    ]


def test_table_rows_name_their_columns() -> None:
    assert shown("| City | People |\n|---|---|\n| **Rome** | 2.8 `million` |\n| | 3 |\n") == [
        ("table_row", 0, 3, "City: Rome; People: 2.8 million"),
        ("table_row", 0, 4, "People: 3"),
    ]


def test_quotes_code_and_footnotes_are_told_apart() -> None:
    assert shown("> said[^1]\n\n```py\n\nx = 1\n  y\n```\n\n[^1]: A note.\n") == [
        ("quote", 0, 1, "said"),
        ("code", 0, 5, "x = 1\n  y"),
        ("note", 0, 9, "1. A note."),
    ]


def test_html_is_reduced_to_what_it_shows() -> None:
    text = (
        "Press <kbd>Enter</kbd><br>now <span style='display: none'>secret</span>.<!-- gone -->\n\n"
        "<div hidden>\n\nhidden *Markdown*\n\n</div>\n\n<p align=center>Shown <b>here</b></p>\n\n"
        "<script>\nalert(1)\n\nalert(2)\n</script>\n\n<!-- a\n\nb -->\n\nend\n"
    )
    assert [block[3] for block in shown(text)] == ["Press Enter\nnow .", "Shown here", "end"]


def test_what_is_not_an_html_element_stays_as_text() -> None:
    assert shown("Run git checkout <branch> in Vec<T>.\n")[0][3] == "Run git checkout <branch> in Vec<T>."


def test_front_matter_becomes_metadata_and_title() -> None:
    document = read(
        '---\nsubject: The "title"\ndescription: "two\n  lines"\nAuthor: Ann\npubDate: 2023-10-25 01:10\n'
        "tags:\n  - a\n  - b\ndate: []\nnested:\n  x: 1\n---\n\n# Heading\n"
    )
    assert document.title == 'The "title"'
    assert document.metadata["description"] == "two lines"
    assert document.metadata["author"] == "Ann"
    assert document.metadata["date"] == "2023-10-25 01:10"
    assert document.metadata["tags"] == ("a", "b")
    assert "nested" not in document.metadata
    assert document.text == "Heading"
    assert document.line_of(0) == 15


def test_toml_front_matter_is_read() -> None:
    document = read('+++\ntitle = "T"\ndate = 2024-05-01\ntags = ["a"]\n+++\ntext\n')
    assert (document.title, dict(document.metadata)) == ("T", {"title": "T", "date": "2024-05-01", "tags": ("a",)})
    assert document.line_of(0) == 6


@pytest.mark.parametrize("front", ["---\ntitle: [a\n---\n", "---\na: b: c\n---\n", "---\na: " + "[" * 5000 + "\n---\n"])
def test_damaged_front_matter_is_read_as_text_and_noted(front: str) -> None:
    document = read(front + "# Real title\n")
    assert document.text.startswith("---\n")
    assert document.title == "Real title"
    assert [note.code for note in document.report.notes] == ["front_matter_damaged"]


def test_front_matter_made_to_hurt_is_read_or_refused_at_once() -> None:
    """Aliases are not multiplied, tags construct nothing, and a template's placeholders are passed over."""
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{at}: &a{at} [*a{at - 1}, *a{at - 1}, b]\n" for at in range(1, 500))
    front = f"---\n{bomb}own: &own [*own, c]\nword: &word w\nagain: *word\ndate: {{{{ .Date }}}}\n"
    document = read(front + "run: !!python/object/apply:os.system ['true']\n---\ntext\n")
    found = {key: document.metadata.get(key) for key in ("a0", "a499", "own", "again", "date", "run")}
    assert found == {"a0": ("x", "x"), "a499": ("b",), "own": ("c",), "again": "w", "date": None, "run": ("true",)}
    assert (document.text, document.report.notes) == ("text", ())


def test_a_rule_at_the_start_is_not_front_matter() -> None:
    document = read("---\nJust a sentence.\n---\n")
    assert "Just a sentence." in document.text
    assert document.report.notes == ()


def test_a_repeated_line_is_noise_and_reported() -> None:
    document = read("# T\n\nGood text.\n\n" + "<<x>>\n" * 30)
    assert [(block.kind, block.indexed) for block in document.blocks][-1] == ("noise", False)
    assert [note.code for note in document.report.notes] == ["repeated_line"]
    assert "30 times" in document.report.notes[0].message


@pytest.mark.parametrize("piece", [">", "- ", "[", "*a_ ", "<a "])
def test_deep_nesting_is_survived(piece: str) -> None:
    assert read("start\n\n" + piece * 10_000 + "x").text.startswith("start")


@needs_data(SEED)
def test_the_seed_document_reads_well() -> None:
    document = load((DATA / SEED).read_bytes(), SEED)
    assert document.title == "Russian involvement in the Syrian civil war"
    assert document.language == "en"
    assert document.metadata["author"] == "Wikipedia"
    assert document.blocks[0].kind == "caption"
    noise = [block for block in document.blocks if not block.indexed]
    assert len(noise) == 1
    assert len(document.report.notes) == 1
    first = document.text.index("In September 2015 the Federation Council")
    assert document.line_of(first) == 32
    headings = [document.text[b.start : b.end] for b in document.blocks if b.kind == "heading"]
    assert headings[:2] == ["Background", "History of ties between Syria and Russia"]
