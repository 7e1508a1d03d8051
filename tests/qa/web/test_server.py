"""Ports, addresses, and the program that is started with ``app.py``."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from qa.cli import main
from qa.errors import VerbatimError
from qa.web import server

ROOT = Path(__file__).parents[3]


def test_a_taken_port_is_followed_by_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with server.listen("127.0.0.1", port) as listener:
            assert port < listener.getsockname()[1] < port + server.PORTS_TRIED


def test_no_free_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PORTS_TRIED", 1)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(VerbatimError, match="--port"):
        server.listen("127.0.0.1", taken.getsockname()[1])


def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(VerbatimError, match=r"Cannot serve on 192\.0\.2\.1"):
        server.listen("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:1/"), ("::1", "http://[::1]:1/"), ("0.0.0.0", "http://127.0.0.1:1/")],
)
def test_the_browser_gets_an_address_it_can_open(host: str, url: str) -> None:
    assert server.page_url(host, 1) == url


def test_others_are_not_served_without_a_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VERBATIM_PASSWORD", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["chat", "--library", str(tmp_path / "library"), "--host", "0.0.0.0", "--no-open"])
    assert ended.value.code == 1
    assert "VERBATIM_PASSWORD" in capsys.readouterr().err


def test_app_serves_without_a_model_and_ends_at_an_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole command: page up, files named on the line read behind it, Ctrl+C ends it cleanly."""
    monkeypatch.setenv("VERBATIM_MODEL", str(tmp_path / "no-model"))
    (tmp_path / "tower.md").write_text("# The Tower\n\nThe tower is tall.", "utf-8")
    command = [sys.executable, str(ROOT / "app.py"), str(tmp_path / "tower.md"), "--no-open", "--port", "0"]
    with subprocess.Popen(
        [*command, "--library", str(tmp_path / "library")], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        url = next(found[1] for line in process.stderr if (found := re.search(r"(http://\S+/)", line)))
        health = httpx.get(f"{url}health", timeout=120).json()
        assert health["status"] == "ok"
        assert health["model"] != "ready"
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        assert process.wait(120) == 0
