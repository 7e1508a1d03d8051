"""The real page, served in this process, in real Chromium that can reach nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Error, Locator, Page, Request, ViewportSize, sync_playwright

from embeddings import HashingEncoder
from qa.library import Library
from qa.settings import Settings
from qa.web.jobs import Background
from qa.web.server import build_app

TOWER = """# The Tower

The iron tower was built between 1887 and 1889. 😀👩‍👩‍👧 The iron tower is 330 metres tall.

## Visitors

The tower has three levels for visitors. Restaurants are on the first level and the second level.
"""
HOSTILE = """# Zebra <img src=x onerror="document.title='ran'">

The zebra eats <img src="http://evil.example/a.png" onerror="document.title='ran'"> green grass and
<div style="position:fixed;inset:0;z-index:9999;background:red">covers</div> <script>document.title='ran'</script>.

The zebra drinks ![](http://evil.example/b.png) [water](javascript:document.title='ran') ${document.title='ran'}
{{7*7}} daily.

    ```mermaid graph TD; zebra[<img src='http://evil.example/m.png'>] ```
"""
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass
class Served:
    """A page that is served, and what its browser asked for elsewhere."""

    url: str
    library: Library
    background: Background
    folder: Path
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def ask(page: Page, question: str) -> Locator:
    """Type, send, and wait for the finished answer's last message."""
    before = page.locator("#chat .bot-row").count()
    page.locator("#ask textarea").fill(question)
    page.keyboard.press("Enter")
    message = page.locator("#chat .bot-row").nth(before)
    message.locator(".vb-quotes").wait_for()
    return message


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium that resolves no name at all."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
        )


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A tower and a hostile zebra."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "tower.md").write_text(TOWER, "utf-8")
    (folder / "zebra.md").write_text(HOSTILE, "utf-8")
    settings = Settings(library=tmp_path / "library")
    opened = Library.open(settings.library, settings=settings, encoder=HashingEncoder())
    opened.add([folder])
    yield opened
    opened.close()


@contextmanager
def serving(library: Library, folder: Path) -> Iterator[Served]:
    """The page on a port of its own, with the work behind it not begun."""
    background = Background(library)

    async def run(listener: socket.socket) -> None:
        """Built inside the loop, because Gradio makes and forgets loops of its own outside of one."""
        app = build_app(library, background, examples=("How tall is the iron tower?",))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        servers.append(server)
        await server.serve(sockets=[listener])

    servers: list[uvicorn.Server] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(run(listener)))
        thread.start()
        while not (servers and servers[0].started):
            time.sleep(0.05)
        try:
            yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}/", library, background, folder)
        finally:
            servers[0].should_exit = True
            thread.join(10)
            background.close()


@pytest.fixture
def cold(library: Library, tmp_path: Path) -> Iterator[Served]:
    """Served; the model counts as loading."""
    with serving(library, tmp_path) as served:
        yield served


@pytest.fixture
def served(cold: Served) -> Served:
    """Served and at work."""
    cold.background.start()
    return cold


def new_page(chromium: Browser, served: Served, viewport: ViewportSize, dark: bool = False) -> Iterator[Page]:
    """A page on ``served``; fails at its end if anything outside was asked for or a script broke."""
    context = chromium.new_context(viewport=viewport, color_scheme="dark" if dark else "light")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served.url)
    context.set_default_timeout(90_000)  # the machine may be busy
    page = context.new_page()

    def note(request: Request) -> None:
        if not request.url.startswith((served.url, "data:", "blob:")):
            served.outside.append(request.url)

    def note_error(error: Error) -> None:
        served.errors.append(str(error))

    page.on("request", note)
    page.on("pageerror", note_error)
    page.goto(served.url)
    page.locator("#ask textarea").wait_for()
    yield page
    context.close()
    assert served.outside == []
    assert served.errors == []


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """A desk."""
    yield from new_page(chromium, served, WIDE)


@pytest.fixture
def cold_page(chromium: Browser, cold: Served) -> Iterator[Page]:
    """A desk in front of a model that is still loading."""
    yield from new_page(chromium, cold, WIDE)


@pytest.fixture
def phone(chromium: Browser, served: Served) -> Iterator[Page]:
    """A phone, in the dark."""
    yield from new_page(chromium, served, PHONE, dark=True)
