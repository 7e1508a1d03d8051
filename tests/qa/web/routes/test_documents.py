"""Documents through the page's own routes: added, removed without a trace, read again, brought up to date, chosen."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Message

from embeddings import HashingEncoder
from qa.errors import FilterError
from qa.library import Library
from qa.web import security
from qa.web.jobs import Background
from qa.web.routes.documents import missing_json
from qa.web.server import build_app
from qa.web.state import PageState
from tests.helpers import tower_library, write
from tests.qa.ingest.test_deletion import CANARY, SECRET, traces
from tests.qa.web.waiting import until

PAGES: dict[str, str | bytes] = {f"page{n}.md": f"# Page {n}\n\nThis page speaks of subject{n}.\n" for n in range(4)}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Background, TestClient]]:
    """The whole page on a library of one document; its work behind the page is not begun."""
    with tower_library(tmp_path_factory.mktemp("documents")) as library:
        background = Background(library)

        async def build() -> ASGIApp:
            """Inside a running event loop, because Gradio makes and forgets loops of its own outside of one."""
            return build_app(library, background)

        with TestClient(
            asyncio.run(build()), base_url="http://127.0.0.1:7860", raise_server_exceptions=False
        ) as client:
            yield library, background, client


@pytest.fixture
def library(app: tuple[Library, Background, TestClient]) -> Iterator[Library]:
    """As it was before, after each test."""
    library = app[0]
    yield library
    if len(library.sources()) > 1:
        library.remove([source for source in library.sources() if source.id != 1])


def state_of(client: TestClient) -> PageState:
    """What the page's routes work with."""
    guard: Any = client.app
    state: PageState = guard.app.state.page
    return state


@pytest.fixture
def background(app: tuple[Library, Background, TestClient]) -> Background:
    """Not started."""
    return app[1]


@pytest.fixture
def client(app: tuple[Library, Background, TestClient]) -> TestClient:
    """A visitor."""
    return app[2]


def listed(client: TestClient) -> dict[str, dict[str, Any]]:
    """The list of documents by name."""
    return {entry["name"]: entry for entry in client.get("/api/documents").json()["documents"]}


def test_a_removed_upload_leaves_no_word_in_any_file(client: TestClient, library: Library) -> None:
    client.post(f"/api/documents?name={CANARY}.md&folder=a%2F{CANARY}", content=SECRET.encode())
    library.encode()
    assert {"library.db", "sparse"} <= set(traces(library.folder))
    number = listed(client)[f"{CANARY}.md"]["id"]
    body = client.post("/api/documents/remove", json={"documents": [number]}).json()
    assert (body["counts"], body["files"][0]["status"]) == ({"removed": 1}, "removed")
    assert traces(library.folder) == []
    assert list(listed(client)) == ["tower.md"]


def test_what_a_kept_conversation_quoted_goes_too(client: TestClient, library: Library) -> None:
    """With the feedback file; the question's own words stay."""
    client.post(f"/api/documents?name={CANARY}.md", content=SECRET.encode())
    library.encode()
    answer = library.ask("What is the secret, said to nobody?", threshold=0.0)
    assert CANARY in answer.text
    kept = library.conversations.create("Secrets")
    message = library.conversations.append(kept.id, answer.question, answer.question)
    library.conversations.answered(message.id, answer)
    library.conversations.rate(kept.id, message.id, "right")
    client.post("/api/documents/remove", json={"documents": [listed(client)[f"{CANARY}.md"]["id"]]})
    assert traces(library.folder) == []
    assert library.conversations.messages(kept.id)[0].question == answer.question


def test_the_folders_of_a_dropped_folder_are_kept_in_the_list(client: TestClient, library: Library) -> None:
    """Both for a folder dropped on the page and for one that was added."""
    for folder in ("notes/2024", "notes/2025", "..%2F..%2Fetc"):
        client.post(f"/api/documents?name=same.md&folder={folder}", content=f"A text in {folder}.".encode())
    folders = [entry["folder"] for entry in client.get("/api/documents").json()["documents"]]
    assert folders == ["documents", "notes/2024", "notes/2025", "etc"]
    kept = sorted(path for path in (library.folder / "uploads").rglob("*") if path.is_file())
    assert [str(path.relative_to(library.folder)) for path in kept] == [
        "uploads/etc/same.md",
        "uploads/notes/2024/same.md",
        "uploads/notes/2025/same.md",
    ]


def test_the_details_say_what_could_not_be_read(client: TestClient, library: Library) -> None:
    client.post("/api/documents?name=old.txt", content="Die Brücke ist älter als das Café.".encode("latin-1"))
    client.post("/api/documents?name=copy.txt", content="Die Brücke ist älter als das Café.".encode("latin-1"))
    details = client.get(f"/api/documents/{listed(client)['old.txt']['id']}").json()
    assert any("encoding" in note.lower() for note in details["notes"])
    assert (details["also"], details["in_folder"]) == (["copy.txt"], None)
    assert details["waiting"] == [0, 1]
    library.encode()
    assert client.get(f"/api/documents/{details['id']}").json()["waiting"] is None


def test_reading_again_takes_over_a_changed_file(client: TestClient, library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, {"note.txt": "The cat is black.\n"}) / "note.txt"
    library.add(path)
    number = listed(client)["note.txt"]["id"]
    assert client.post("/api/documents/read", json={"documents": [number]}).json()["counts"] == {"unchanged": 1}
    path.write_text("The dog is black and barks.\n")
    assert client.post("/api/documents/read", json={"documents": [number]}).json()["counts"] == {"updated": 1}
    assert "dog" in client.post("/api/search", json={"question": "black", "k": 1}).json()["hits"][0]["passage"]["text"]


def test_changes_of_a_folder_are_taken_over(client: TestClient, library: Library, tmp_path: Path) -> None:
    folder = write(tmp_path / "pages", PAGES)
    library.add(folder)
    write(folder, {"page0.md": "# Page 0\n\nChanged.\n", "new.md": "# New\n\nA new page.\n"})
    (folder / "page1.md").unlink()
    body = client.post("/api/sync").json()
    assert (body["missing"], body["counts"]) == ([], {"updated": 1, "added": 1, "removed": 1, "unchanged": 3})
    assert client.get("/api/status").json()["report"]["counts"] == body["counts"]


def test_a_missing_folder_is_asked_about_before_anything_goes(
    client: TestClient, library: Library, tmp_path: Path
) -> None:
    folder = write(tmp_path / "pages", PAGES)
    library.add(folder)
    shutil.rmtree(folder)
    (question,) = client.post("/api/sync").json()["missing"]
    message = "The folder is missing; its 4 documents were kept."
    assert question == {"folder": str(folder), "message": message, "new": False}
    assert client.get("/api/status").json()["missing"] == [question]
    assert library.stats().sources == 5
    body = client.post("/api/sync/confirm", json={"folder": str(folder)}).json()
    assert (body["counts"], body["missing"]) == ({"removed": 4}, [])
    assert library.stats().sources == 1


def test_a_folder_that_was_not_added_here_is_asked_about_before_it_is_read(tmp_path: Path) -> None:
    """The library is a copy of one whose folder was added."""
    docs = write(tmp_path / "pages", PAGES)
    with Library.open(tmp_path / "original", encoder=HashingEncoder()) as original:
        original.add(docs)
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    (docs / "page4.md").write_text("# Page 4\n\nNot read before.\n")
    with Library.open(tmp_path / "copy", encoder=HashingEncoder()) as copy:
        background = Background(copy)
        background.sync()
        (question,) = missing_json(background.status)
        assert (question["folder"], question["new"], copy.stats().sources) == (str(docs), True, 4)
        assert "not added on this machine" in question["message"]
        background.confirm(str(docs))
        assert (background.status.missing, copy.stats().sources) == ((), 5)


def test_a_folder_named_at_the_start_is_not_asked_about(tmp_path: Path) -> None:
    docs = write(tmp_path / "pages", PAGES)
    with Library.open(tmp_path / "original", encoder=HashingEncoder()) as original:
        original.add(docs)
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    with Library.open(tmp_path / "copy", encoder=HashingEncoder()) as copy:
        background = Background(copy)
        background.catch_up([docs])
        assert background.status.missing == ()
        assert background.status.report is not None
        assert background.status.report.count("unchanged") == 4


def test_a_name_cannot_turn_the_letters_after_it(client: TestClient, library: Library, tmp_path: Path) -> None:
    """``U+202E`` shows ``photo_gnp.exe.txt`` as ``photo_txt.exe.png``."""
    name = "photo_\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe.txt"
    library.add(write(tmp_path / "turned", {name: "An invoice is not a picture."}) / name)
    shown = client.get("/api/documents").json()["documents"][-1]
    opened = client.get(f"/api/document/{shown['document_id']}").json()
    texts = [each[key] for each in (shown, opened) for key in ("name", "title", "path")]
    assert all(text.endswith("photo_\N{REPLACEMENT CHARACTER}gnp.exe.txt") for text in texts)


def test_the_users_word_holds_for_what_was_said_only(client: TestClient, library: Library, tmp_path: Path) -> None:
    """Two of four were gone when they were asked; then the disk was unplugged."""
    folder = write(tmp_path / "pages", PAGES)
    library.add(folder)
    (folder / "page0.md").unlink()
    (folder / "page1.md").unlink()
    (question,) = client.post("/api/sync").json()["missing"]
    assert question["message"].startswith("2 of 4 files are gone")
    shutil.rmtree(folder)
    body = client.post("/api/sync/confirm", json={"folder": str(folder)}).json()
    assert [each["message"] for each in body["missing"]] == ["The folder is missing; its 4 documents were kept."]
    assert library.stats().sources == 5


def test_files_added_by_themselves_are_asked_about_together(
    client: TestClient, library: Library, tmp_path: Path
) -> None:
    folder = write(tmp_path / "pages", PAGES)
    library.add(sorted(folder.iterdir()))
    shutil.rmtree(folder)
    (question,) = client.post("/api/sync").json()["missing"]
    assert question["folder"] == "files added by themselves"
    assert client.post("/api/sync/confirm", json={"folder": question["folder"]}).json()["counts"]["removed"] == 4


def test_no_folder_is_added_or_emptied_by_naming_it(client: TestClient, library: Library, tmp_path: Path) -> None:
    """Only places that were asked about are taken for an answer."""
    folder = write(tmp_path / "other", PAGES)
    response = client.post("/api/sync/confirm", json={"folder": str(folder)})
    assert (response.status_code, library.stats().sources) == (404, 1)
    assert response.json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/documents/remove", {"documents": []}, 422),
        ("/api/documents/remove", {"documents": [999]}, 404),
        ("/api/documents/remove", {"documents": ["*"]}, 422),
        ("/api/documents/read", {"documents": [999]}, 404),
        ("/api/sync/confirm", {}, 422),
        ("/api/documents?name=a.md&folder=" + "x" * 1001, {}, 422),
    ],
)
def test_what_cannot_be_done_is_said(
    client: TestClient, library: Library, path: str, body: dict[str, Any], code: int
) -> None:
    response = client.post(path, json=body)
    assert (response.status_code, set(response.json())) == (code, {"error"})
    assert library.stats().sources == 1


@pytest.mark.parametrize("path", ["/api/documents/remove", "/api/sync", "/api/sync/confirm", "/api/documents/read"])
def test_a_foreign_page_can_remove_nothing(client: TestClient, library: Library, path: str) -> None:
    response = client.post(path, json={"documents": [1]}, headers={"origin": "http://evil.example"})
    assert (response.status_code, library.stats().sources) == (403, 1)


def test_a_question_goes_to_the_chosen_documents_only(client: TestClient, library: Library) -> None:
    client.post("/api/documents?name=bridge.md", content=b"# Bridge\n\nThe wooden bridge is 40 metres long.")
    number = listed(client)["bridge.md"]["id"]
    for documents in ([number], [1]):
        answer = client.post("/api/ask", json={"question": "How many metres?", "documents": documents}).json()
        assert {hit["source"]["id"] for hit in answer["hits"]} == set(documents)


def test_asking_works_while_vectors_are_made_and_says_so(
    client: TestClient, library: Library, background: Background
) -> None:
    """The upload's vectors wait for the model here; its words are found at once."""
    client.post("/api/documents?name=bridge.md", content=b"# Bridge\n\nThe wooden bridge was opened in 1932.")
    status = client.get("/api/status").json()
    assert status["waiting"] == 1
    assert status["waiting_by"] == {listed(client)["bridge.md"]["document_id"]: [0, 1]}
    answer = client.post("/api/ask", json={"question": "When was the wooden bridge opened?"}).json()
    assert "1932" in answer["hits"][0]["passage"]["text"]
    (note,) = [note for note in answer["notes"] if note["code"] == "vectors_waiting"]
    assert note["message"].startswith("1 of 3 passages")
    background.embed()
    answer = client.post("/api/ask", json={"question": "When was the wooden bridge opened?"}).json()
    assert [note for note in answer["notes"] if note["code"] == "vectors_waiting"] == []


def test_folders_come_up_to_date_at_the_start(library: Library, tmp_path: Path) -> None:
    """Also one named on the command line again, without taking back what was removed from it."""
    folder = write(tmp_path / "pages", PAGES)
    library.add(folder)
    library.remove("page3.md")
    write(folder, {"new.md": "# New\n\nA new page.\n"})
    background = Background(library)
    background.catch_up([folder])
    names = sorted(Path(source.path).name for source in library.sources())
    assert names == ["new.md", "page0.md", "page1.md", "page2.md", "tower.md"]
    assert (background.status.missing, background.status.problem) == ((), "")


@pytest.mark.parametrize("path", ["/api/ask", "/api/documents/remove"])
def test_a_crowd_leaves_threads_for_the_others(client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """The server has 40: people who ask or change documents wait in a queue and not in them."""
    go, page = threading.Event(), state_of(client)

    def slow(*_arguments: object, **_named: object) -> None:
        go.wait()
        raise FilterError("no such document")

    monkeypatch.setattr(Library, "ask", slow)
    monkeypatch.setattr(Background, "remove", slow)
    body = {"question": "tower"} if path == "/api/ask" else {"documents": [1]}
    with ThreadPoolExecutor(46) as people:
        crowd = [people.submit(client.post, path, json=body) for _ in range(45)]
        until(lambda: len(page.queue) + len(page.changes) == 45)
        status = people.submit(client.get, "/api/status")
        try:
            assert status.result(20).status_code == 200
        finally:
            go.set()
        assert {each.result(20).status_code for each in crowd} == {404}


def test_an_upload_that_stops_coming_is_given_up(
    client: TestClient, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone that lost its net."""
    monkeypatch.setattr(security, "BODY_SECONDS", 0.1)
    guard = client.app

    async def upload() -> list[Message]:
        sent: list[Message] = []
        parts: list[Message] = [{"type": "http.request", "body": b"# Half a text", "more_body": True}]

        async def receive() -> Message:
            if not parts:
                await asyncio.sleep(60)
            return parts.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/api/documents", "raw_path": b"/api/documents", "root_path": "",
            "query_string": b"name=half.md", "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1),
            "scheme": "http", "server": ("127.0.0.1", 80), "http_version": "1.1",
        }  # fmt: skip
        await asyncio.wait_for(guard(scope, receive, send), 10)
        return sent

    start, body = asyncio.run(upload())
    assert start["status"] == 408
    assert "too slow or was interrupted" in json.loads(body["body"])["error"]
    assert "half.md" not in listed(client)
