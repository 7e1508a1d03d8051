"""How long an answer takes from the library to the page, and what happens when fifty people ask at once.

    python -m benchmarks.page FOLDER [--times 20] [--people 50] [--only shown|people]

Needs no model: a library of FOLDER's documents is built with ``HashingEncoder`` and answers without a reader. The page
is served by its own process, as in use. ``shown`` needs Chromium (CHROMIUM, else the one on the PATH); ``people`` uses
Gradio's protocol without a browser, so that the machine's time goes to the server.
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

from embeddings import HashingEncoder
from qa import Answer, Library, Settings

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
    """Serve the page, in its own process, and send to ``times`` when an answer was given and when it was rendered."""
    import uvicorn

    from qa.web.chat import Chat
    from qa.web.jobs import Background
    from qa.web.server import build_app

    ask, answer = Library.ask, Chat._answer

    def timed_ask(self: Library, question: str, **named: Any) -> Answer:
        given = ask(self, question, **named)
        times.send(("asked", time.time()))
        return given

    def timed_answer(self: Chat, *given: Any) -> str:
        text = answer(self, *given)
        times.send(("rendered", time.time()))
        return text

    setattr(Library, "ask", timed_ask)  # noqa: B010 - mypy: not a method to assign
    setattr(Chat, "_answer", timed_answer)  # noqa: B010
    library = Library.open(folder, settings=Settings(reader="none"), encoder=HashingEncoder())
    background = Background(library)
    background.start()

    async def run() -> None:
        app = build_app(library, background)
        await uvicorn.Server(uvicorn.Config(app, port=port, log_level="error")).serve()

    asyncio.run(run())


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Connection]]:
    """The page's address, and the times that its process sends."""
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
    """The times that the server sent for its last ``count`` answers, by event."""
    found: dict[str, list[float]] = {"asked": [], "rendered": []}
    while len(found["rendered"]) < count and times.poll(30):
        name, at = times.recv()
        found[name].append(at)
    return found


def shown(url: str, times: Connection, questions: Sequence[str]) -> list[dict[str, float]]:
    """Milliseconds by step for each question, asked one after another in real Chromium."""
    from playwright.sync_api import sync_playwright

    rows = []
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)  # for wait_for_function
        page.goto(url)
        page.locator("#ask textarea").wait_for()
        page.evaluate(WATCH)
        for number, question in enumerate(questions):
            page.locator("#ask textarea").fill(question)
            page.keyboard.press("Enter")
            page.wait_for_function(f"window.shown[{number}]?.[1]", timeout=60_000)
            there, painted = (each / 1000 for each in page.evaluate(f"window.shown[{number}]"))
            sent = received(times, 1)
            asked, rendered = sent["asked"][0], sent["rendered"][0]
            steps = {
                "saved and rendered": rendered - asked,
                "sent and in the page": there - rendered,
                "painted": painted - there,
                "all": painted - asked,
            }
            rows.append({name: 1000 * seconds for name, seconds in steps.items()})
            page.get_by_role("button", name="Ask", exact=True).wait_for()
        browser.close()
    return rows


async def one(client: httpx.AsyncClient, url: str, function: int, name: str, question: str) -> tuple[float, list[str]]:
    """One person's question: when the answer arrived, and all texts that were shown until then."""
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
    """Seconds for all at once and for one after another; how many were told their position in the queue, or failed."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=600, limits=limits) as client:
        config = (await client.get(f"{url}config")).json()
        function = next(each["id"] for each in config["dependencies"] if each["api_name"] == "submit")
        await one(client, url, function, "warm", questions[0])

        started = time.time()
        for number, question in enumerate(questions):
            await one(client, url, function, f"single{number}", question)
        in_turn = time.time() - started

        started = time.time()
        tasks = [
            asyncio.create_task(one(client, url, function, f"many{number}", question))
            for number, question in enumerate(questions)
        ]
        found = await asyncio.gather(*tasks, return_exceptions=True)
        at_once = time.time() - started
    good = [each for each in found if not isinstance(each, BaseException)]
    return {
        "people": len(questions),
        "errors": [repr(each) for each in found if isinstance(each, BaseException)],
        "one after another, s": round(in_turn, 2),
        "at once, s": round(at_once, 2),
        "ratio": round(at_once / in_turn, 3),
        "told their position": sum("before you" in "".join(texts) for _, texts in good),
        "answered": sum("vb-quotes" in "".join(texts) for _, texts in good),
    }


def questions_of(library: Library, count: int) -> list[str]:
    """Questions made of words of passages from all over the library."""
    passages = [passage for source in library.sources() for passage in library.passages(source.document_id)]
    chosen = passages[:: max(len(passages) // count, 1)]
    texts = [" ".join(passage.text.split()[:9]) for passage in chosen]
    return [f"What about {text}?" for text in (texts * count)[:count]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--only", choices=("shown", "people"))
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "library"
        with Library.open(folder, settings=Settings(reader="none"), encoder=HashingEncoder()) as library:
            library.add([given.folder])
            stats = library.stats()
            questions = questions_of(library, max(given.times, given.people))
            started = time.time()
            for question in questions[: given.people]:
                library.ask(question)
            print(f"{stats.documents} documents, {stats.passages} passages; ", end="")
            print(f"{given.people} questions without the page: {time.time() - started:.2f} s")
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
