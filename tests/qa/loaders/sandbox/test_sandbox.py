"""The reading process: limits hold, crashes are named, and the next file goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa.errors import FileEncrypted, FileError, FileTooHeavy, FileUnreadable
from qa.loaders.sandbox.child import _in_pieces
from qa.loaders.sandbox.parent import IsolatedReader, Limits, _document
from qa.types import Block, Cell, Document, Note, ReadingReport, SourceSpan
from tests.qa.loaders.pdf.pdf_factory import lines, make_pdf

GIB = 1 << 30
SECONDS = 5
"""Enough for a few words, also on a busy machine."""
SENTENCE = "The harbour of Rotterdam handled four hundred and thirty-nine million tonnes."


@pytest.fixture(scope="module")
def reader() -> Iterator[IsolatedReader]:
    with IsolatedReader(Limits(20, 3 * GIB, 10_000)) as reader:
        yield reader


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.pdf"
    path.write_bytes(make_pdf([lines([SENTENCE])], labels="0 << /S /r >>"))
    return path


HOSTILE_LOADER = """
import sys, types
def load(data, name):
    from qa.loaders.base import TextBuilder
    scope = {"result": None}
    exec(data.decode(), scope)
    builder = TextBuilder()
    builder.block("paragraph", str(scope["result"]))
    return builder.build()
module = types.ModuleType("qa.loaders.conversations.chat")
module.load = load
sys.modules["qa.loaders.conversations.chat"] = module
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Runs code in the reading process in place of the text loader: its ``result`` is the text read."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "sitecustomize.py").write_text(HOSTILE_LOADER)
    file = folder / "code.txt"
    with pytest.MonkeyPatch.context() as patch, IsolatedReader(Limits(SECONDS, GIB, 10_000)) as reader:
        patch.setenv("PYTHONPATH", str(folder))

        def run(code: str) -> str:
            file.write_text(code)
            return reader.read(file).text

        yield run


def test_a_document_comes_back_whole(reader: IsolatedReader, good: Path) -> None:
    document = reader.read(good)
    assert document.text == SENTENCE
    assert document.page_labels == ("i",)
    assert document.report.loader.startswith("pdf/")
    assert document.source_map[0] == SourceSpan(0, len(SENTENCE), page=0, char=0)


def test_errors_come_back_as_themselves(reader: IsolatedReader, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(b"%PDF-1.7 nothing more")
    with pytest.raises(FileUnreadable, match=r"damaged\.pdf: is not a readable PDF"):
        reader.read(damaged)
    secret = tmp_path / "secret.docx"
    secret.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(FileEncrypted):
        reader.read(secret)


def test_one_process_reads_many_files(reader: IsolatedReader, good: Path, tmp_path: Path) -> None:
    """A file that is refused costs no new process either."""
    reader.read(good)
    child = reader._child
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(b"%PDF-1.7 nothing more")
    with pytest.raises(FileUnreadable):
        reader.read(damaged)
    reader.read(good)
    assert child is not None
    assert reader._child is child


def test_threads_take_turns(reader: IsolatedReader, good: Path) -> None:
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(reader.read(good).text)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [SENTENCE] * 4


def test_a_text_over_the_limit_is_too_heavy(reader: IsolatedReader, tmp_path: Path) -> None:
    long = tmp_path / "long.txt"
    long.write_text("word " * 4000)
    with pytest.raises(FileTooHeavy, match=r"more than 10,000 characters of text, the limit"):
        reader.read(long)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_memory_of_the_program_that_reads_is_not_counted_as_the_childs(good: Path) -> None:
    """A program that has its models in memory would have to start a new process for each file."""
    code = (
        "from pathlib import Path; from qa.loaders.sandbox.parent import IsolatedReader, Limits\n"
        "held = bytearray(b'x') * (600 << 20)\n"
        f"reader = IsolatedReader(Limits(20, 1 << 30, 10000)); reader.read(Path({str(good)!r}))\n"
        "print(reader._child is not None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=os.getcwd())
    assert done.stdout.strip() == "True"


def test_a_killed_child_is_replaced(reader: IsolatedReader, good: Path) -> None:
    reader.read(good)
    assert reader._child is not None
    reader._child._process.kill()
    reader._child._process.wait()
    assert reader.read(good).text == SENTENCE


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        pytest.param("import time; time.sleep(999)", FileTooHeavy, "longer to read than 5 seconds", id="endless"),
        pytest.param("bytearray(1 << 31)", FileTooHeavy, "memory", id="memory"),
        pytest.param("import ctypes; ctypes.string_at(0)", FileUnreadable, "crashed on it (SIGSEGV)", id="crash"),
        pytest.param("import os; os.abort()", FileUnreadable, "damaged, or needs more memory to read", id="abort"),
        pytest.param("import os; os.kill(os.getpid(), 9)", FileTooHeavy, "the system ended", id="killed"),
        pytest.param("raise type('Panic', (BaseException,), {})('odd')", FileUnreadable, "gave up", id="panic"),
        pytest.param("import os; os._exit(3)", FileUnreadable, "crashed on it (exit code 3)", id="exit"),
        pytest.param("raise ValueError('odd')", FileUnreadable, "ValueError: odd", id="exception"),
        pytest.param("f = lambda: f(); f()", FileUnreadable, "", id="recursion"),
        pytest.param("import socket; socket.create_connection(('192.0.2.1', 80))", FileUnreadable, "", id="network"),
        pytest.param("import subprocess; subprocess.run(['true'])", FileUnreadable, "", id="program"),
    ],
)
def test_what_hurts_is_named_and_the_next_file_is_read(
    code: str, error: type[FileError], message: str, hostile: Callable[[str], str]
) -> None:
    with pytest.raises(error) as caught:
        hostile(code)
    assert message in str(caught.value)
    assert hostile("result = 'words'") == "words"


def test_the_network_is_out_of_reach_of_libraries_too(hostile: Callable[[str], str]) -> None:
    """C code does not ask Python; where the system allows it, there is no interface but a dead loopback."""
    if subprocess.run(["unshare", "-Un", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system does not let users make network namespaces")
    interfaces = hostile("result = [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line]")
    assert interfaces in ("[]", "['lo']")


def test_noise_of_libraries_does_not_reach_the_answers(hostile: Callable[[str], str]) -> None:
    assert hostile("import os; os.write(1, b'noise' * 99); os.write(2, b'noise'); result = 'quiet'") == "quiet"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_child_ends_with_its_parent(good: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from qa.loaders.sandbox.parent import IsolatedReader, Limits\n"
        f"reader = IsolatedReader(Limits(20, 1 << 32, 10000)); reader.read(Path({str(good)!r}))\n"
        "print(reader._child._process.pid, flush=True); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=os.getcwd())
    pid = int(done.stdout)
    deadline = time.monotonic() + 120
    while (alive := Path(f"/proc/{pid}").exists()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive, "the reading process outlived its parent by two minutes"


def test_the_child_imports_no_more_than_the_loaders(hostile: Callable[[str], str]) -> None:
    """Its start is paid by the first file and after every crash."""
    heavy = {"torch", "faiss", "tantivy", "sentence_transformers", "gradio", "qa.library", "pydantic_settings"}
    assert hostile(f"import sys; result = {heavy} & set(sys.modules)") == "set()"


def test_what_a_child_sends_is_checked() -> None:
    """The tests' only look inside: no file makes an honest child send such things."""
    document = Document(
        id="0" * 32,
        text="a quote",
        blocks=(Block("table_row", 0, 7, cells=(Cell(0, 1), Cell(2, 7, "head"))),),
        report=ReadingReport("pdf/1", (Note("code", "words", 1),), pages=1),
        page_starts=(0,),
        source_map=(SourceSpan(0, 7, page=0, char=3),),
        metadata={"author": "Ann", "tags": ("a", "b")},
    )
    assert _document(*_in_pieces(document)) == document
    header, (rest, blocks, spans) = _in_pieces(document)
    for broken in (
        {"blocks": [{"kind": "paragraph", "start": 0, "end": 8}]},
        {"blocks": [{"kind": "script", "start": 0, "end": 7}]},
        {"blocks": [{"kind": "table_row", "start": 0, "end": 7, "cells": [(2, 7, "a"), (0, 1, "b")]}]},
        {"blocks": [{"kind": "paragraph", "start": 0, "end": 7, "answers": 1}]},
        {"source_map": [{"start": 5, "end": 3}]},
        {"page_starts": [4, 2]},
        {"title": ["x"]},
        {"text": 7},
    ):
        usual: dict[str, Any] = {**json.loads(rest), "blocks": json.loads(blocks), "source_map": json.loads(spans)}
        sent = {**usual, **broken}
        pieces = [json.dumps(sent.pop(name)).encode() for name in ("blocks", "source_map")]
        with pytest.raises(ValueError, match=r"\w"):
            _document(header, [json.dumps({**sent, "blocks": [], "source_map": []}).encode(), *pieces])


def test_long_documents_come_in_pieces_that_are_put_together_in_order() -> None:
    text = "\n".join("abcdefghij"[number % 10] for number in range(50_000))
    blocks = tuple(Block("list_item", 2 * number, 2 * number + 1) for number in range(50_000))
    spans = tuple(SourceSpan(block.start, block.end, line) for line, block in enumerate(blocks, 1))
    document = Document("0" * 32, text, blocks, ReadingReport("text/1"), source_map=spans)
    header, pieces = _in_pieces(document)
    assert (header, len(pieces)) == ({"blocks": 3}, 7)
    assert _document(header, pieces) == document
