"""Hostile documents and hostile visitors: nothing of them runs, and neither the page nor the process calls outside.

The page is served by a process of its own, in which (and in whose children) every attempt to connect or to look up a
name is written down.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, WIDE, Served, new_page
from tests.helpers import write
from tests.qa.web.test_render import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SLOW = 90_000
"""Milliseconds: the machine may be busy."""
ROOT = Path(__file__).parents[2]
HOOK = """
import os, sys

def note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        address = arguments[0]
    else:
        return
    with open(os.environ["AUDIT_LOG"], "a") as log:
        log.write(f"{event} {address!r}\\n")

sys.addaudithook(note)
"""
SERVE = """
import sys
from pathlib import Path
from embeddings import HashingEncoder
from qa.library import Library
from qa.settings import Settings
from qa.web.server import serve

settings = Settings(library=Path(sys.argv[1]))
library = Library.open(settings.library, settings=settings, encoder=HashingEncoder())
serve(library, paths=[Path(sys.argv[2])], port=0, open_browser=False)
"""
RAN = "document.title='ran';window.ran=1"
HTML = f"""<!doctype html><html><head><title>Gadflies</title><base href="http://evil.example/">
<meta http-equiv="refresh" content="0;url=http://evil.example/"><link rel="stylesheet" href="http://evil.example/c.css">
<style>@import "http://evil.example/i.css"; body {{ background: url(http://evil.example/b.png) }}</style>
<script>{RAN}</script><script src="http://evil.example/s.js"></script></head>
<body onload="{RAN}"><h1>Gadflies</h1><p>The gadfly of the marsh eats <img src=x onerror="{RAN}"> purple nectar.
<iframe src="http://evil.example/"></iframe><object data="http://evil.example/o"></object><svg onload="{RAN}"></svg>
<form action="http://evil.example/"><input autofocus onfocus="{RAN}"></form>
<pre>&lt;img src=x onerror=&quot;{RAN}&quot;&gt; The gadfly of the pond eats &lt;b&gt;orange&lt;/b&gt; nectar.</pre>
</body></html>"""
ROWS = "Gadfly,Eats,Lives at\n" + "".join(
    f'"{kind} ${{{RAN}}}","<img src=x onerror=""{RAN}""> {kind} berries",'
    f'"![](http://evil.example/{kind}.png) {kind} lake"\n'
    for kind in ("lesser", "greater", "mountain")
)
NAMED = "<img src=x onerror=document.title='ran'>.txt"
QUESTIONS = (
    "What does the gadfly of the marsh eat, purple nectar?",
    "What does the gadfly of the pond eat, orange nectar?",
    "What does the mountain gadfly eat, mountain berries?",
    "Where does the lesser gadfly live, at the lesser lake?",
    "What does the swallow number 3 carry to its nest?",
    "What does the swallow number 9 carry to its nest, mermaid graph?",
    "What does the heron of the file name drink?",
)


def documents() -> dict[str, str | bytes]:
    """What GRADIO.md 2.1 to 2.3 names, in sentences that can be asked for."""
    swallows = "\n\n".join(
        f"The swallow number {number} carries {text} to its nest." for number, text in enumerate(HOSTILE)
    )
    return {
        "swallows.md": f"# Swallows ${{{RAN}}} <script>{RAN}</script>\n\n{swallows}\n",
        "gadflies.html": HTML,
        "table.csv": ROWS,
        "swallows.txt": swallows,
        NAMED: f"The heron of the file name drinks {{{{7*7}}}} ${{{RAN}}} green water.",
    }


@dataclass
class Watched:
    """A page served by a process of its own, whose calls are in ``log``."""

    url: str
    log: Path

    def outside(self) -> list[str]:
        """Every call to anything but this machine."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [
            line for line in lines if not re.search(r"'(?:127\.0\.0\.1|::1|localhost)'| b?'(?:/|\\x00)| None$", line)
        ]


def environment(folder: Path) -> dict[str, str]:
    """That of a person, with the hook in every Python that is started."""
    (folder / "hook").mkdir(exist_ok=True)
    (folder / "hook" / "sitecustomize.py").write_text(HOOK)
    kept = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", "VERBATIM_LIBRARY")}
    paths = os.pathsep.join([str(folder / "hook"), str(ROOT)])
    return {**kept, "PYTHONPATH": paths, "AUDIT_LOG": str(folder / "calls.log"), "VERBATIM_READER": "none"}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Served until the module's tests are done."""
    folder = tmp_path_factory.mktemp("hostile")
    write(folder / "documents", documents())
    command = [sys.executable, "-c", SERVE, str(folder / "library"), str(folder / "documents")]
    with (folder / "errors.log").open("w+") as errors:
        process = subprocess.Popen(command, env=environment(folder), stderr=errors, cwd=folder)
        try:
            yield Watched(_url(folder / "errors.log", process), folder / "calls.log")
        finally:
            process.terminate()
            process.wait(30)


def _url(errors: Path, process: subprocess.Popen[bytes]) -> str:
    """The address of the page, once all documents can be asked."""
    deadline = time.monotonic() + 500
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.5)
        if found := re.search(r"(http://\S+/) ", errors.read_text()):
            status = httpx.get(f"{found[1]}api/status", timeout=60).json()
            if status["documents"] == len(documents()) and not status["busy"]:
                return found[1]
    raise AssertionError(f"the page is not served:\n{errors.read_text()}")


@pytest.fixture(params=[WIDE, PHONE], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, watched: Watched, tmp_path: Path) -> Iterator[Page]:
    """The watched process, on a desk and on a phone; fails if anything outside was asked for or a script broke."""
    served = Served(watched.url, None, None, tmp_path)  # type: ignore[arg-type]  # the library is elsewhere
    for page in new_page(chromium, served, request.param):
        page.evaluate(
            "() => { window.refused = []; document.addEventListener('securitypolicyviolation',"
            " event => window.refused.push(event.blockedURI)); }"
        )
        yield page


def ask(page: Page, question: str) -> None:
    """Type, send, and wait for the answer, or the nearest passages."""
    before = page.locator("#chat .vb-quotes").count()
    page.locator("#ask textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#chat .vb-quotes")).to_have_count(before + 1, timeout=SLOW)


def assert_untouched(page: Page) -> None:
    """Nothing ran, nothing was built of what documents say, nothing lies over the page, nothing tried to load."""
    page.wait_for_timeout(300)
    assert page.title() == "Verbatim"
    assert page.evaluate("window.ran") is None
    assert (
        page.locator("#chat .bot-row :is(img, image, script, iframe, video, object, form, [style*=fixed])").count() == 0
    )
    assert page.locator("#vb-source :is(script, iframe, object, form, [onerror], img[src^='http'])").count() == 0
    assert page.locator("[onerror], [onload], [onfocus], base[href^='http']").count() == 0
    covered = page.evaluate(
        "() => ['#vb-docs-toggle', '.vb-new-top', '#ask textarea', '#vb-source h2'].filter(selector => {"
        " const r = document.querySelector(selector).getBoundingClientRect();"
        " const hit = r.width && document.elementFromPoint(r.x + 5, r.y + r.height / 2);"
        " return hit && !hit.closest(selector); })"
    )
    assert covered == []
    assert [uri for uri in page.evaluate("window.refused") if "evil" in uri] == []


def test_hostile_documents_run_nothing_and_load_nothing(page: Page, watched: Watched) -> None:
    """In answers, nearest passages, quotes, the source, the lists and the welcome; file names and titles included."""
    assert_untouched(page)
    for question in QUESTIONS:
        ask(page, question)
        page.locator("#chat .vb-quotes").last.locator("a.vb-quote").first.click()
        page.locator("#vb-source mark").first.wait_for(timeout=SLOW)
        assert_untouched(page)
        page.keyboard.press("Escape")
        expect(page.locator("#vb-source")).to_be_hidden()
    assert "<img src=" in page.locator("#chat").inner_text()
    assert watched.outside() == []


def test_every_document_opens_whole_without_running(page: Page, watched: Watched) -> None:
    for entry in httpx.get(f"{watched.url}api/documents", timeout=60).json()["documents"]:
        page.evaluate("href => { location.hash = href; }", f"#c-{entry['document_id']}-0-0")
        expect(page.locator("#vb-source .vb-source-title")).to_have_text(entry["title"], timeout=SLOW)
        assert_untouched(page)
    assert watched.outside() == []


def test_only_own_script_files_run(page: Page) -> None:
    """``script-src 'self'``: no inline script and no handler, whatever got into the page."""
    page.evaluate(
        "() => { const script = document.createElement('script'); script.textContent = 'window.ran = 1';"
        " document.body.append(script);"
        " const holder = document.createElement('div'); holder.innerHTML = '<img src=x onerror=\"window.ran = 1\">';"
        " document.body.append(holder);"
        " const link = document.createElement('a'); link.setAttribute('onclick', 'window.ran = 1'); link.click(); }"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None
    assert page.evaluate("window.refused.length") >= 2


def test_what_visitors_send_makes_the_process_call_nobody(watched: Watched) -> None:
    """GRADIO.md 3.4, at the whole program: addresses in paths, in every function's inputs, and hidden in a history."""
    address = "http://192.0.2.1/x.png"
    file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
    message = {"role": "user", "metadata": None, "options": None, "content": [{"type": "file", "file": file}]}
    with httpx.Client(base_url=watched.url, timeout=60) as client:
        for door in ("gradio_api/file=", "gradio_api/proxy=", "gradio_api/file/", "file=", "proxy="):
            for host in (address, "https://huggingface.co/x", "http://evil.example/x"):
                assert client.get(f"/{door}{host}").status_code in (403, 404)
        for function in client.get("/config").json()["dependencies"]:
            for value in (file, [message]):
                body = {
                    "data": [value] * len(function["inputs"]),
                    "fn_index": function["id"],
                    "session_hash": "visitor",
                }
                client.post("/gradio_api/run/predict", json=body)
                client.post("/gradio_api/queue/join", json=body)
    time.sleep(3)  # what stood in the queue has been done
    assert watched.outside() == []


def test_a_call_outside_would_be_written_down(tmp_path: Path) -> None:
    """Or the tests above would say nothing: a child of a child is watched too."""
    call = "import socket; s = socket.socket(); s.setblocking(False); s.connect_ex(('192.0.2.1', 9))"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {call!r}], check=True)"
    subprocess.run([sys.executable, "-c", nested], env=environment(tmp_path), check=True)
    assert Watched("", tmp_path / "calls.log").outside() == ["socket.connect ('192.0.2.1', 9)"]


def test_a_broken_inside_is_not_shown(chromium: Browser, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong is said in words for people, without the exception's."""

    def broken(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError("secret /inner/path")

    monkeypatch.setattr(type(served.library), "ask", broken)
    for page in new_page(chromium, served, WIDE):
        page.locator("#ask textarea").fill("How tall is the iron tower?")
        page.keyboard.press("Enter")
        expect(page.locator("#chat .bot-row .vb-notice")).to_contain_text("Something went wrong", timeout=SLOW)
        assert "secret" not in page.content() and "RuntimeError" not in page.content()
