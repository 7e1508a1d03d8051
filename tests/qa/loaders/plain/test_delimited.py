"""CSV, JSON and notebooks."""

from __future__ import annotations

import json

import pytest

from qa.errors import FileUnreadable
from qa.loaders.load import load


def rows(data: bytes, name: str = "a.csv") -> list[tuple[int | None, str]]:
    document = load(data, name)
    return [(document.line_of(block.start), document.text[block.start : block.end]) for block in document.blocks]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    data = "Name,Price,Note\nBo,3,x\nAl,4,\n".replace(",", delimiter).encode()
    assert rows(data) == [(2, "Name: Bo; Price: 3; Note: x"), (3, "Name: Al; Price: 4")]


def test_cells_are_the_words_under_their_headers() -> None:
    document = load(b"Name,Price,Note\nBo,3,\nAl; Jo,,Note\n", "a.csv")
    cells = [[(document.text[c.start : c.end], c.header) for c in block.cells] for block in document.blocks]
    assert cells == [[("Bo", "Name"), ("3", "Price")], [("Al; Jo", "Name"), ("Note", "Note")]]


def test_decimal_commas_do_not_make_columns() -> None:
    assert rows(b"Name;Betrag\nBo;3,5\nAl;4,1\n") == [(2, "Name: Bo; Betrag: 3,5"), (3, "Name: Al; Betrag: 4,1")]


def test_quoted_cells_may_hold_delimiters_and_lines() -> None:
    assert rows(b'a,b\n"x, ""y""\nz",1\nq,2\n') == [(2, 'a: x, "y" z; b: 1'), (4, "a: q; b: 2")]


def test_an_open_quote_does_not_swallow_the_file() -> None:
    assert len(rows(b'a,b\n"x,1\ny,2\nz,3\n')) == 3


def test_rows_without_a_header_are_values_alone() -> None:
    assert rows(b"1,2\n3,4\n") == [(1, "1; 2"), (2, "3; 4")]
    assert rows(b"apple\nbanana\ncherry\n") == [(1, "apple"), (2, "banana"), (3, "cherry")]


def test_ragged_rows_and_a_title_line_are_read() -> None:
    data = b"Sales 2024\nteam,city,won\nBlues,STL\n\nLeafs,TOR,13,extra\n"
    assert rows(data) == [
        (1, "Sales 2024"),
        (3, "team: Blues; city: STL"),
        (5, "team: Leafs; city: TOR; won: 13; extra"),
    ]


def test_json_values_name_their_keys() -> None:
    value = {"title": "T", "a": {"b": [1, {"c": True}], "d": None}}
    document = load(json.dumps(value).encode(), "a.json")
    assert document.title == "T"
    assert document.text.split("\n\n") == ["title: T", "a › b › 1: 1", "a › b › 2 › c: true"]


def test_json_lines_keep_their_line() -> None:
    assert rows(b'{"a": 1, "b": "x"}\n\n{"a": 2}\n', "a.jsonl") == [(1, "a: 1\nb: x"), (3, "a: 2")]


@pytest.mark.parametrize("data", [b'{"a": 1,\n broken', b"[" * 50_000])
def test_broken_json_is_read_as_text_and_noted(data: bytes) -> None:
    document = load(data, "a.json")
    assert document.text == data.decode()
    assert [note.code for note in document.report.notes] == ["json_damaged"]


def test_a_notebook_is_read_cell_by_cell() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", "text *x*"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "text": ["1\n"]},
                {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": "<Figure>"}},
                {"output_type": "error", "ename": "KeyError", "evalue": "'k'", "traceback": ["\x1b[0m"]},
            ],
        },
        {"cell_type": "raw", "source": "raw"},
    ]
    document = load(json.dumps({"cells": cells, "nbformat": 4}).encode(), "a.ipynb")
    assert document.title == "Title"
    assert [(b.kind, document.text[b.start : b.end]) for b in document.blocks] == [
        ("heading", "Title"),
        ("paragraph", "text x"),
        ("code", "print(1)"),
        ("code", "1"),
        ("code", "KeyError: 'k'"),
        ("paragraph", "raw"),
    ]
    assert [note.code for note in document.report.notes] == ["outputs_without_text"]
    assert document.source_map == ()


@pytest.mark.parametrize("data", [b"{}", b"not json", b'{"cells": 5}', b"[1]"])
def test_what_is_not_a_notebook_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable, match="not a notebook"):
        load(data, "a.ipynb")
