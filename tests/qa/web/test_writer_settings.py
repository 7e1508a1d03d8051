"""The dialog “Language model”: who may change what, and that a key never comes out, nor goes to another address."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from qa.library import Library
from qa.settings import LanguageModel, language_model_file, load_language_model, save_language_model
from qa.web.jobs import Background
from qa.web.security import Access
from qa.web.server import build_app
from tests.helpers import tower_library
from tests.scripted_model import Reply, ScriptedModel, scripted_model

ROUTE = "/api/language-model"
KEY = "sk-canary"
CHANGES = [("PUT", ROUTE), ("DELETE", ROUTE), ("POST", f"{ROUTE}/models"), ("POST", f"{ROUTE}/test")]

pytestmark = pytest.mark.usefixtures("routes_only")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with tower_library(tmp_path_factory.mktemp("models")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBATIM_LLM_FILE", str(tmp_path / "settings" / "llm.json"))


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as made:
        made.say("ready")
        yield made


def served(library: Library, *, address: str = "127.0.0.1", host: str = "127.0.0.1") -> TestClient:
    """The routes, asked from ``address``, served on ``host``."""

    async def build() -> ASGIApp:
        return build_app(library, Background(library), access=Access(host))

    return TestClient(
        asyncio.run(build()),
        base_url="http://127.0.0.1:7860",
        client=(address, 50_000),
        raise_server_exceptions=False,
    )


def wanted(to: ScriptedModel, /, **changes: object) -> dict[str, Any]:
    values = {"url": to.url, "model": "small", "key": None, "context": 4096, "temperature": 0.5, "timeout": 5}
    return {**values, **changes}


def sent_keys(model: ScriptedModel) -> list[str]:
    return [value for headers in model.headers for name, value in headers.items() if name.lower() == "authorization"]


def test_what_is_saved_is_used_at_once_and_at_the_next_start(library: Library, model: ScriptedModel) -> None:
    client = served(library)
    assert client.get("/api/status").json()["writer"] == {"on": False, "problem": False}
    saved = client.put(ROUTE, json=wanted(model, key=KEY)).json()
    host = model.url.removeprefix("http://").removesuffix("/v1")
    on = {"on": True, "problem": False, "name": "small", "host": host, "local": True}
    assert {name: saved[name] for name in on} == on
    kept = load_language_model()
    assert kept and (kept.context, kept.temperature, kept.timeout) == (4096, 0.5, 5)
    for each in (client, served(library)):
        assert each.get("/api/status").json()["writer"] == on


def test_a_key_goes_in_and_never_comes_out(library: Library, model: ScriptedModel) -> None:
    client = served(library)
    model.replies = [Reply(status=401, body=f'{{"error": {{"message": "wrong key {KEY}"}}}}')]
    responses = [
        client.put(ROUTE, json=wanted(model, key=KEY)),
        client.get(ROUTE),
        client.get("/api/status"),
        client.post(f"{ROUTE}/test", json=wanted(model)),
        client.post(f"{ROUTE}/models", json=wanted(model, key=KEY)),
        client.put(ROUTE, json=wanted(model, key=KEY, context=1)),
        client.put(ROUTE, json=wanted(model, key=KEY, colour="red")),
        client.put(ROUTE, json=wanted(model, key=[KEY])),
    ]
    assert [each.status_code for each in responses] == [200, 200, 200, 502, 200, 400, 422, 422]
    assert responses[1].json()["settings"]["has_key"] is True
    for response in responses:
        assert KEY not in response.text and KEY not in str(response.headers)


def test_a_kept_key_goes_on_is_replaced_and_is_removed(library: Library, model: ScriptedModel) -> None:
    """None goes on with it, a new one replaces it, an empty one removes it."""
    client = served(library)
    for given, kept in ((KEY, KEY), (None, KEY), ("sk-2", "sk-2"), (None, "sk-2"), ("", None), (None, None)):
        client.put(ROUTE, json=wanted(model, key=given))
        now = load_language_model()
        assert now
        assert (now.key.get_secret_value() if now.key else None) == kept


@pytest.mark.parametrize("path", ["test", "models"])
def test_a_kept_key_is_sent_to_its_own_address_only(library: Library, model: ScriptedModel, path: str) -> None:
    """Or whoever opens the page could have it sent to an address of theirs."""
    client = served(library)
    with scripted_model() as other:
        other.say("ready")
        client.put(ROUTE, json=wanted(model, key=KEY))
        assert client.post(f"{ROUTE}/test", json=wanted(model)).status_code == 200
        assert client.post(f"{ROUTE}/{path}", json=wanted(other)).status_code == 200
        client.put(ROUTE, json=wanted(other))
        client.post(f"{ROUTE}/test", json=wanted(other))
        assert sent_keys(model) == [f"Bearer {KEY}"]
        assert set(sent_keys(other)) == {"Bearer none"}
    assert KEY not in language_model_file().read_text("utf-8")


def test_turning_off_forgets_everything(library: Library, model: ScriptedModel) -> None:
    client = served(library)
    client.put(ROUTE, json=wanted(model, key=KEY))
    off = client.delete(ROUTE).json()
    assert (off["on"], off["settings"]["url"], off["settings"]["has_key"]) == (False, "", False)
    assert not language_model_file().exists()


@pytest.mark.parametrize(
    "where", [{"address": "192.0.2.7"}, {"host": "0.0.0.0"}, {"host": "192.0.2.1"}, {"address": "testclient"}]
)
def test_only_this_machine_changes_anything(library: Library, model: ScriptedModel, where: dict[str, str]) -> None:
    """Elsewhere it is said who writes and where that is, and not what the settings are."""
    save_language_model(model.settings(key=KEY))
    before = language_model_file().read_bytes()
    client = served(library, **where)
    for method, path in CHANGES:
        assert client.request(method, path, json=wanted(model)).status_code == 403, (method, path)
    assert language_model_file().read_bytes() == before
    assert model.requests == []
    shown = client.get(ROUTE).json()
    assert (shown["editable"], shown["on"], shown["name"]) == (False, True, "small")
    assert "settings" not in shown and "environment" in shown["why"]


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"host": "evil.example"}])
def test_another_site_changes_nothing(library: Library, model: ScriptedModel, headers: dict[str, str]) -> None:
    client = served(library)
    for method, path in [("GET", ROUTE), *CHANGES]:
        assert client.request(method, path, json=wanted(model), headers=headers).status_code == 403
    assert not language_model_file().exists()


def test_what_the_environment_gives_is_shown_and_not_changed(
    library: Library, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is its key kept in the file, or sent to an address that the page names."""
    monkeypatch.setenv("VERBATIM_LLM_URL", model.url)
    monkeypatch.setenv("VERBATIM_LLM_KEY", KEY)
    client = served(library)
    settings = client.get(ROUTE).json()["settings"]
    assert (settings["fixed"], settings["url"], settings["model"]) == (["key", "url"], model.url, "")
    assert "No language model is chosen" in settings["problem"]
    with scripted_model() as other:
        other.say("ready")
        saved = client.put(ROUTE, json=wanted(other, model="large", key="sk-2"))
        assert client.post(f"{ROUTE}/test", json=wanted(other, model="large", key="sk-2")).status_code == 200
        assert other.requests == []
    assert saved.json()["name"] == "large"
    assert sent_keys(model) == [f"Bearer {KEY}"]
    assert not {KEY, "sk-2"} & set(language_model_file().read_text("utf-8").split('"'))


@pytest.mark.parametrize(("name", "value"), [("KEY", KEY), ("CONTEXT", "12")])
def test_settings_of_the_environment_that_cannot_be_are_said(
    library: Library, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A key without an address goes to none; the page is there all the same."""
    monkeypatch.setenv(f"VERBATIM_LLM_{name}", value)
    client = served(library)
    saved = client.put(ROUTE, json=wanted(model))
    assert (saved.json().get("error") or saved.json()["settings"]["problem"]).count("VERBATIM_LLM_") == 1
    assert client.get("/api/status").json()["writer"]["on"] is False
    assert model.requests == []


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_a_file_that_others_can_read_is_said_and_can_be_replaced(library: Library, model: ScriptedModel) -> None:
    save_language_model(model.settings(key=KEY))
    language_model_file().chmod(0o644)
    client = served(library)
    assert client.get("/api/status").json()["writer"] == {"on": False, "problem": True}
    assert "chmod 600" in client.get(ROUTE).json()["settings"]["problem"]
    assert client.put(ROUTE, json=wanted(model, key="sk-2")).json()["on"] is True
    assert language_model_file().stat().st_mode & 0o777 == 0o600


def test_settings_that_cannot_be_kept_are_said_and_the_old_ones_go_on(
    library: Library, model: ScriptedModel, tmp_path: Path
) -> None:
    (tmp_path / "settings").write_text("a file in the place of the folder", "utf-8")
    response = served(library).put(ROUTE, json=wanted(model))
    assert (response.status_code, "VERBATIM_LLM_FILE" in response.json()["error"]) == (400, True)


def test_the_models_of_an_address_are_listed_before_one_is_chosen(library: Library, model: ScriptedModel) -> None:
    assert served(library).post(f"{ROUTE}/models", json=wanted(model, model="")).json() == {
        "models": ["large", "small"]
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "ftp://x"}, "Address: it must be a URL such as http://127.0.0.1:11434/v1."),
        ({"url": f"http://me:{KEY}@x/v1"}, "the URL must not contain a key"),
        ({"model": ""}, "Model: String should have at least 1 character."),
        ({"context": 12}, "Context size: Input should be greater than or equal to 1024."),
        ({"url": "http://127.0.0.1:9/v1"}, "http://127.0.0.1:9/v1 cannot be reached"),
    ],
)
def test_what_is_wrong_is_named(library: Library, model: ScriptedModel, changes: dict[str, object], words: str) -> None:
    response = served(library).post(f"{ROUTE}/test", json=wanted(model, **changes))
    assert response.status_code in (400, 502)
    assert words in response.json()["error"]
    assert KEY not in response.text


def test_the_model_that_is_tried_out_is_the_one_in_the_dialog(library: Library, model: ScriptedModel) -> None:
    """Not the one that is kept."""
    save_language_model(LanguageModel(url=model.url, model="small"))
    assert served(library).post(f"{ROUTE}/test", json=wanted(model, model="large")).json()["seconds"] > 0
    assert [request["model"] for request in model.requests] == ["large"]


def test_the_http_door_for_programs_uses_no_language_model(library: Library, model: ScriptedModel) -> None:
    """Nothing leaves the machine by it, whatever is configured in the page."""
    save_language_model(model.settings())
    answer = served(library).post("/api/ask", json={"question": "How tall is the iron tower?"}).json()
    assert (answer["writer"], model.requests) == (None, [])
