"""Clients that only keep connections open shut nobody out."""

from __future__ import annotations

import re
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from qa.library import Library
from qa.web import connections
from qa.web.connections import make_server
from qa.web.jobs import Background
from qa.web.server import build_app, listen
from tests.helpers import ROOT
from tests.qa.web.waiting import until

HALF = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def port(library: Library, background: Background, routes_only: None) -> Iterator[int]:
    """The page on a real server, with at most 12 connections."""
    with serving(library, background, 12) as port:
        yield port


@contextmanager
def serving(library: Library, background: Background, most: int) -> Iterator[int]:
    server = make_server(build_app(library, background), most)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        until(lambda: server.started)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(60)


def connect(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 60)
    connection.sendall(sent)
    return connection


def closed(connection: socket.socket) -> bool:
    """Wait for the other side to close it."""
    try:
        while connection.recv(65_536):
            pass
    except ConnectionError:
        pass
    return True


def get(port: int, path: str = "health") -> int:
    return httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=60).status_code


def test_the_page_answers_however_many_requests_are_half_sent(port: int) -> None:
    """The one that has waited longest goes."""
    with ExitStack() as stack:
        half = [stack.enter_context(connect(port, HALF)) for _ in range(40)]
        assert get(port) == 200
        assert all(map(closed, half[:28]))
        half[-1].sendall(b"\r\n")
        assert half[-1].recv(100).startswith(b"HTTP/1.1 200")


def test_the_page_answers_however_many_connections_are_kept_alive(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(connect(port, HALF + b"\r\n"))
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")


def is_closed_after_one_more(connection: socket.socket) -> bool:
    """Take what has come; where nothing has, send one byte more."""
    try:
        return not connection.recv(65_536)
    except TimeoutError:
        connection.sendall(b"x")
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "sent",
    [b"", HALF, HALF + b"\r\n", b"POST /api/ask HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000\r\n\r\nx"],
    ids=["nothing", "half a request", "one request", "the body of a refused request"],
)
def test_a_connection_is_closed_when_no_request_comes_in_time(
    port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when bytes go on coming."""
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.1)
    with connect(port, sent) as connection:
        connection.settimeout(0.01)
        assert any(is_closed_after_one_more(connection) for _ in range(2000)), "still open"


def test_slow_uploads_block_no_other(port: int) -> None:
    head = "POST /api/documents?name=slow{}.md HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nx"
    with ExitStack() as stack:
        for number in range(5):
            stack.enter_context(connect(port, head.format(number).encode()))
        response = httpx.post(
            f"http://127.0.0.1:{port}/api/documents?name=new.md", content=b"# New\n\nNew.", timeout=60
        )
        assert response.json()["counts"] == {"added": 1}


@pytest.mark.corpus
def test_1300_half_sent_requests_leave_the_page_reachable_with_1024_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual limit of a process, which it may not raise here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    monkeypatch.setenv("VERBATIM_MODEL", str(tmp_path / "no-model"))
    command = [sys.executable, str(ROOT / "app.py"), "--no-open", "--port", "0", "--library", str(tmp_path / "library")]
    limited = ["bash", "-c", 'ulimit -n 1024; exec "$@"', "bash", *command]
    with subprocess.Popen(limited, stderr=subprocess.PIPE, text=True) as process, ExitStack() as stack:
        assert process.stderr is not None
        port = next(int(found[1]) for line in process.stderr if (found := re.search(r"http://127.0.0.1:(\d+)/", line)))
        for number in range(1300):
            stack.enter_context(connect(port, HALF))
            if number % 100 == 0:
                assert get(port) == 200
        assert all(get(port, path) == 200 for path in ("", "health", "api/status", "api/documents"))
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        assert process.wait(120) == 0
