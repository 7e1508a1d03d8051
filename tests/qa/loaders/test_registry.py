"""Choosing a loader, its errors, and what holds for every document."""

from __future__ import annotations

import hashlib
import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.errors import FileError, FileTooHeavy, FileUnreadable, FileUnsupported
from qa.loaders import FileReader, document_id, loaders_version, supported_suffixes
from qa.loaders.base import LoadedText
from qa.loaders.finish import find_fault, finish
from qa.loaders.load import choose, load, reading
from qa.settings import Settings
from qa.types import Block, Cell, Document

LIGHT = (".md", ".txt", ".html", ".csv", ".json", ".jsonl", ".ipynb", ".eml", ".srt")
PIECES = st.sampled_from(
    [
        *("# ", "- ", "1. ", "> ", "| a | b |\n", "|---|---|\n", "```\n", "    ", "![x](y)", "[l](u)", "**", "`", "\n"),
        *("\n\n", "---\n", "a: b\n", "<b hidden>", "</b>", "<div>\n", "</div>\n", "<!--", "-->", "<br>", "~~x~~"),
        *("<table><tr><th>a<td>", "[^1]", "[^1]: n\n", "word ", "é", "\r\n", "\r", "\0", "\x0b", "\x0c", "\u2028"),
        *("\x85", "&#13;", "&#0;", "&nbsp;", '"', ",", ";", "{", "}", "[", "]", ":", "\\", "***\n", "===\n", "\ufeff"),
        *("<script>", "</script>", "🎉"),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80)


def check(document: Document) -> None:
    """The promises of ``qa.types.Document``, worked out anew."""
    text, end = document.text, 0
    text.encode()  # no lone surrogates
    assert not set("\0\r\x0b\x0c\x85\u2028\u2029") & set(text)
    for block in document.blocks:
        assert end <= block.start < block.end <= len(text)
        assert not text[end : block.start].strip()
        assert text[block.start : block.end].strip()
        check_cells(text, block)
        end = block.end
    assert not text[end:].strip()
    end = 0
    for span in document.source_map:
        assert end <= span.start <= span.end <= len(text)
        assert span.line is not None
        assert span.line >= 1
        end = span.end


def check_cells(text: str, row: Block) -> None:
    """A table row is nothing but cells, each behind the words of its header, if at all."""
    assert bool(row.cells) == (row.kind == "table_row")
    place = row.start
    for number, cell in enumerate(row.cells):
        before = "; " if number else ""
        header = f"{cell.header}: " if cell.header else ""
        assert place <= cell.start < cell.end <= row.end
        assert text[place : cell.start] in (before, before + header)
        place = cell.end
    assert place == row.end or not row.cells


@pytest.mark.parametrize("suffix", LIGHT)
@given(text=TEXTS)
@example(text="x <b hidden> y </b> z\n\n<div hidden>\n\na\n\n</div> b")
@example(text="![a](b) ![c](d)\n- ![e](f)\n| ![g](h) |\n|---|\n| <br> |")
def test_whatever_is_written_the_promises_hold(suffix: str, text: str) -> None:
    try:
        document = load(text.encode(), f"a{suffix}")
    except FileUnreadable:
        return
    check(document)


@given(data=st.binary(max_size=200), suffix=st.sampled_from(LIGHT))
def test_whatever_the_bytes_only_file_errors_leave(data: bytes, suffix: str) -> None:
    try:
        check(load(data, f"a{suffix}"))
    except FileError as error:
        assert error.path == f"a{suffix}"


def test_every_loader_in_the_table_can_be_imported() -> None:
    for suffix in sorted(supported_suffixes()):
        loader = choose(b"", f"a{suffix}")
        module, function = loader.target.split(":")
        assert callable(getattr(__import__(module, fromlist=[function]), function))


def id_of(data: bytes, name: str) -> str:
    return document_id(io.BytesIO(data), name, 1000)


def test_the_id_follows_bytes_and_loader_not_the_name() -> None:
    assert id_of(b"abc", "a.md") == id_of(b"abc", "b.MARKDOWN") == load(b"abc", "c.md").id
    assert id_of(b"abc", "a.md") == hashlib.sha256(b"markdown/3\nabc").hexdigest()[:32]
    assert id_of(b"abc", "a.md") != id_of(b"abc", "a.txt")
    assert id_of(b"abc", "a.md") != id_of(b"abd", "a.md")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7", "a.txt"),
        (b" <!DOCTYPE html>", "a.md"),
        (b"PK\x03\x04", "a.csv"),
        (b"words", "a.xyz"),
        (b"words", "a"),
    ],
)
def test_where_the_content_chooses_the_loader_the_id_follows_all_loaders(data: bytes, name: str) -> None:
    """So that a new version of whichever it was lets the file be read again, and nothing need look into it here."""
    assert id_of(data, name) == hashlib.sha256(f"{loaders_version()}\n".encode() + data).hexdigest()[:32]


def test_no_content_is_looked_into_in_the_main_process(tmp_path: Path) -> None:
    """Adding files of the light formats, too, loads no loader and nothing that guesses languages or encodings here."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in (("a.md", "# Words"), ("a.html", "<p>Words"), ("a.csv", "a,b\n1,2"), ("a.txt", "Käse")):
        (folder / name).write_bytes(text.encode("latin-1"))
    code = (
        "import sys; from qa import Library; from embeddings import HashingEncoder\n"
        f"library = Library.open({str(tmp_path / 'library')!r}, encoder=HashingEncoder())\n"
        f"outcomes = library.add({str(folder)!r}).files\n"
        "assert [outcome.status for outcome in outcomes] == ['added'] * 4, outcomes\n"
        "print([name for name in sys.modules if name.startswith(('qa.loaders.markup', 'qa.loaders.plain', 'py3langid',"
        " 'charset_normalizer', 'pyromark', 'selectolax', 'qa.loaders.sniffing'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_content_of_another_kind_than_the_suffix_is_read_as_what_it_is() -> None:
    document = load(b"<!DOCTYPE html><title>T</title><p>shown<script>no</script>", "page.txt")
    assert (document.text, document.report.loader) == ("shown", "html/3")
    assert [note.code for note in document.report.notes] == ["wrong_suffix"]
    assert choose(b"%PDF-1.7\n", "a.txt").name == "pdf"
    assert choose(b"%PDF-1.7\n", "a.docx").name == "pdf"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("word/document.xml", "<x/>")
    assert choose(archive.getvalue(), "a.md").name == "docx"
    assert choose(b"A text about %PDF- files", "a.md").name == "markdown"


def test_unknown_suffixes_are_read_when_they_hold_text() -> None:
    assert load(b"plain words", "LICENSE").text == "plain words"
    assert load("слова тут".encode("utf-16-le"), "notes.xyz").text == "слова тут"
    with pytest.raises(FileUnsupported, match=r"\.bin"):
        load(b"\x00\x01\x02" * 50, "a.bin")


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "is empty"), (b" \n\n ", "holds no text"), (b"---\ntitle: x\n---\n", "holds no text")]
)
def test_a_file_without_text_is_named_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(FileUnreadable) as caught:
        load(data, "a.md")
    assert str(caught.value) == f"a.md: {reason}"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (MemoryError(), FileTooHeavy, "memory"),
        (RecursionError("deep"), FileUnreadable, "nested too deep"),
        (PermissionError(13, "Permission denied"), FileUnreadable, "Permission denied"),
        (KeyError("part"), FileUnreadable, "KeyError: 'part'"),
        (FileTooHeavy("x", "too big"), FileTooHeavy, "too big"),
    ],
)
def test_every_failure_leaves_as_a_file_error(error: Exception, kind: type[FileError], reason: str) -> None:
    with pytest.raises(kind, match=reason), reading("x"):
        raise error


@pytest.mark.parametrize(
    "loaded",
    [
        LoadedText("a\0b", (Block("paragraph", 0, 3),)),
        LoadedText("a\rb", (Block("paragraph", 0, 3),)),
        LoadedText("abc", (Block("paragraph", 0, 2),)),
        LoadedText("abc", (Block("paragraph", 0, 9),)),
        LoadedText("abc", (Block("paragraph", 0, 2), Block("paragraph", 1, 3))),
        LoadedText("a b c", (Block("paragraph", 0, 1), Block("paragraph", 4, 5))),
        LoadedText("abc", (Block("table_row", 0, 3, cells=(Cell(0, 4),)),)),
        LoadedText("abc", (Block("paragraph", 0, 3),), page_starts=(2, 1)),
        LoadedText("abc", (Block("paragraph", 0, 3),), page_starts=(0,), page_labels=("1", "2")),
    ],
)
def test_a_faulty_loader_is_found_out(loaded: LoadedText) -> None:
    assert find_fault(loaded)
    with pytest.raises(FileUnreadable, match="please report"):
        finish(loaded, name="a", loader="x/1", document_id="0" * 32)


def test_title_and_metadata_are_as_clean_as_the_text() -> None:
    document = load(b'{"title": "a\\ud800b"}', "a.json")
    assert (document.title, document.text) == ("a\ufffdb", "title: a?b")
    assert load(b"---\nauthor: a\xc2\x85b\ntags: [c]\n---\nwords", "a.md").metadata == {"author": "a b", "tags": ("c",)}


def test_language_is_known_only_from_enough_text() -> None:
    german = "Dies ist ein längerer Satz, der auf Deutsch geschrieben wurde, damit man ihn erkennt."
    english = "This is the longer sentence that was written in English, so that you can see the words."
    for text, language in ((german, "de"), (english, "en"), ("Too short.", None), ("0x1f 77 88 " * 20, None)):
        assert load(text.encode(), "a.txt").language == language


def test_the_reader_enforces_the_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Title\n\nwords\n")
    with FileReader(Settings()) as reader:
        assert reader.read(path).title == "Title"
        with pytest.raises(FileUnreadable, match="cannot be opened"):
            reader.read(tmp_path / "gone.md")
    with FileReader(Settings(max_file_bytes=5)) as reader, pytest.raises(FileTooHeavy, match=r"15 bytes; .* 5 "):
        reader.read(path)
    with (
        FileReader(Settings(max_text_chars=5)) as reader,
        pytest.raises(FileTooHeavy, match=r"more than 5 characters of text, the limit"),
    ):
        reader.read(path)
