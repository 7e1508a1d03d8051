"""How long an answer takes to the page once the library has it, and what fifty people do who ask at once.

    python -m benchmarks.page FOLDER [--times 20] [--people 50] [--only shown|people]

Needs no model: the library of FOLDER's documents is made anew with ``HashingEncoder`` and answers by sentences. The
page is served by a process of its own, as in use. ``shown`` needs Chromium (CHROMIUM, else the one on the PATH);
``people`` speaks Gradio's protocol without a browser, so that the machine's time goes to the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx

os.environ["VERBATIM_READER"] = "none"

from embeddings import HashingEncoder
from qa import Answer, Library

WATCH = """() => {
  window.shown = [];
  new MutationObserver(() => {
    const count = document.querySelectorAll("#chat .bot-row :is(.vb-quotes, .vb-nearest)").length;
    if (count <= window.shown.length) return;
    const there = performance.timeOrigin + performance.now();
    const entry = [there, null];
    window.shown.push(entry);
    requestAnimationFrame(() => setTimeout(() => (entry[1] = performance.timeOrigin + performance.now())));
  }).observe(document.body, { childList: true, subtree: true });
}"""


def serve(folder: Path, port: int, times: Connection) -> None:
    """In a process of its own: the page, which tells by ``times`` when an answer was given and when it was ready."""
    import uvicorn

    from qa.web.chat import Chat
    from qa.web.jobs import Background
    from qa.web.server import build_app

    ask, answer = Library.ask, Chat._answer

    def noted(self: Library, question: str, **named: Any) -> Answer:
        given = ask(self, question, **named)
        times.send(("asked", time.time()))
        return given

    def kept(self: Chat, *given: Any) -> str:
        text = answer(self, *given)
        times.send(("kept", time.time()))
        return text

    setattr(Library, "ask", noted)  # noqa: B010 - mypy: not a method to assign
    setattr(Chat, "_answer", kept)  # noqa: B010
    library = Library.open(folder, encoder=HashingEncoder())
    background = Background(library)
    background.start()

    async def run() -> None:
        app = build_app(library, background)
        await uvicorn.Server(uvicorn.Config(app, port=port, log_level="error")).serve()

    asyncio.run(run())


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Connection]]:
    """The page's address, and the times that its process tells."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    times, theirs = context.Pipe(duplex=False)
    process = context.Process(target=serve, args=(folder, port, theirs), daemon=True)
    process.start()
    url = f"http://127.0.0.1:{port}/"
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx.get(url + "health").json()["model"] == "ready":
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        yield url, times
    finally:
        process.terminate()
        process.join(10)


def received(times: Connection, count: int) -> dict[str, list[float]]:
    """What the server told of its last ``count`` answers, by what it is the time of."""
    found: dict[str, list[float]] = {"asked": [], "kept": []}
    while len(found["kept"]) < count and times.poll(30):
        name, at = times.recv()
        found[name].append(at)
    return found


def shown(url: str, times: Connection, questions: Sequence[str]) -> list[dict[str, float]]:
    """Milliseconds by part for each question, asked in one conversation after the other in real Chromium."""
    from playwright.sync_api import sync_playwright

    rows = []
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)  # or it cannot wait for us
        page.goto(url)
        page.locator("#ask textarea").wait_for()
        page.evaluate(WATCH)
        for number, question in enumerate(questions):
            page.locator("#ask textarea").fill(question)
            page.keyboard.press("Enter")
            page.wait_for_function(f"window.shown[{number}]?.[1]", timeout=60_000)
            there, painted = (each / 1000 for each in page.evaluate(f"window.shown[{number}]"))
            told = received(times, 1)
            asked, kept = told["asked"][0], told["kept"][0]
            parts = {
                "kept and rendered": kept - asked,
                "sent and in the page": there - kept,
                "painted": painted - there,
            }
            rows.append({name: 1000 * seconds for name, seconds in (parts | {"all": painted - asked}).items()})
            page.get_by_role("button", name="Ask", exact=True).wait_for()
        browser.close()
    return rows


async def one(client: httpx.AsyncClient, url: str, function: int, name: str, question: str) -> tuple[float, list[str]]:
    """One person: when the answer was there, and all texts that were shown for it."""
    body = {"data": [question, "", "", ""], "fn_index": function, "session_hash": name, "trigger_id": 5}
    (await client.post(f"{url}gradio_api/queue/join", json=body)).raise_for_status()
    async with client.stream("GET", f"{url}gradio_api/queue/data?session_hash={name}") as events:
        texts: list[str] = []
        async for line in events.aiter_lines():
            if not line.startswith("data:"):
                continue
            event = json.loads(line[5:])
            texts.append(json.dumps(event.get("output", ""), ensure_ascii=False))
            if event["msg"] == "process_completed":
                if not event["success"]:
                    raise RuntimeError(line)
                return time.time(), texts
    raise RuntimeError(f"{name}: the server ended the stream")


async def people(url: str, questions: Sequence[str]) -> dict[str, Any]:
    """All at once, and one after another, in seconds; and who was told a place or got nothing."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=600, limits=limits) as client:
        config = (await client.get(f"{url}config")).json()
        function = next(each["id"] for each in config["dependencies"] if each["api_name"] == "submit")
        await one(client, url, function, "warm", questions[0])

        began = time.time()
        for number, question in enumerate(questions):
            await one(client, url, function, f"single{number}", question)
        alone = time.time() - began

        began = time.time()
        tasks = [
            asyncio.create_task(one(client, url, function, f"many{number}", question))
            for number, question in enumerate(questions)
        ]
        found = await asyncio.gather(*tasks, return_exceptions=True)
        together = time.time() - began
    good = [each for each in found if not isinstance(each, BaseException)]
    return {
        "people": len(questions),
        "errors": [repr(each) for each in found if isinstance(each, BaseException)],
        "one after another, s": round(alone, 2),
        "at once, s": round(together, 2),
        "ratio": round(together / alone, 3),
        "told a place": sum("before you" in "".join(texts) for _, texts in good),
        "answered": sum("vb-quotes" in "".join(texts) for _, texts in good),
    }


def questions_of(library: Library, count: int) -> list[str]:
    """Questions that can be asked: words of passages, from all over the library."""
    passages = [passage for source in library.sources() for passage in library.passages(source.document_id)]
    chosen = passages[:: max(len(passages) // count, 1)]
    texts = [" ".join(passage.text.split()[:9]) for passage in chosen]
    return [f"What about {text}?" for text in (texts * count)[:count]]


def main() -> None:
    """Print what was measured."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--times", type=int, default=20)
    options.add_argument("--people", type=int, default=50)
    options.add_argument("--only", choices=("shown", "people"))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "library"
        with Library.open(folder, encoder=HashingEncoder()) as library:
            library.add([given.folder])
            stats = library.stats()
            questions = questions_of(library, max(given.times, given.people))
            began = time.time()
            for question in questions[: given.people]:
                library.ask(question)
            print(f"{stats.documents} documents, {stats.passages} passages; ", end="")
            print(f"{given.people} questions to the library alone: {time.time() - began:.2f} s")
        with served(folder) as (url, times):
            if given.only != "people":
                rows = shown(url, times, questions[: given.times])
                for name in rows[0]:
                    values = sorted(row[name] for row in rows)
                    print(f"{name}: median {statistics.median(values):.0f} ms, most {values[-1]:.0f} ms")
            if given.only != "shown":
                print(json.dumps(asyncio.run(people(url, questions[: given.people])), indent=1))


if __name__ == "__main__":
    main()
