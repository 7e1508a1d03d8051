"""Conversations in JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qa.loaders.conversations.message import as_time
from qa.loaders.load import load
from qa.types import Document


def document_of(value: Any, name: str = "a.json") -> Document:
    return load(json.dumps(value).encode(), name)


def said(document: Document) -> list[tuple[str, str, int | None]]:
    return [(b.speaker, document.text[b.start : b.end], b.answers) for b in document.blocks]


def node(key: str, parent: str | None, children: list[str], role: str = "", *parts: Any, **more: Any) -> dict[str, Any]:
    message = {
        "id": key,
        "author": {"role": role},
        "create_time": 1735689600,
        "content": {"parts": list(parts)},
        **more,
    }
    return {"id": key, "message": message if role else None, "parent": parent, "children": children}


def chat(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "Bread", "mapping": {each["id"]: each for each in nodes}, **more}


ROOT, ASKED = node("r", None, ["q"]), node("q", "r", ["a", "b"], "user", "How much salt?")
FIRST, SECOND = node("a", "q", [], "assistant", "Use 10 g."), node("b", "q", [], "assistant", "Use 16 g.")


def test_chatgpt_is_read_as_the_page_shows_it() -> None:
    document = document_of([chat(ROOT, ASKED, FIRST, SECOND, current_node="b")])
    assert said(document) == [
        ("", "Bread", None),
        ("user", "user: How much salt?", None),
        ("assistant", "assistant: Use 16 g.", 1),
    ]
    assert document.title == "Bread"
    assert [block.time for block in document.blocks] == ["", "2025-01-01 00:00", "2025-01-01 00:00"]
    assert [note.message for note in document.report.notes] == [
        "Not read, because the conversation does not show them: 1 messages of other versions."
    ]


@pytest.mark.parametrize(
    ("current", "words"),
    [("a", "Use 10 g."), ("b", "Use 16 g."), (None, "Use 16 g."), ("x", "Use 16 g."), (3, "Use 16 g.")],
)
def test_the_branch_is_that_of_the_current_message_else_the_newest(current: Any, words: str) -> None:
    document = document_of(chat(ROOT, ASKED, FIRST, SECOND, current_node=current))
    assert said(document)[-1] == ("assistant", f"assistant: {words}", 1)


def test_chatgpt_tools_pictures_and_hidden_messages_are_counted() -> None:
    nodes = (
        node("s", None, ["q"], "system", "Be kind."),
        node("q", "s", ["t"], "user", {"content_type": "image_asset_pointer"}, "What is this?"),
        node("t", "q", ["h"], "tool", "search results"),
        node("h", "t", ["a"], "assistant", "hidden", metadata={"is_visually_hidden_from_conversation": True}),
        node("a", "h", [], "assistant", "A **cat**."),
    )
    document = document_of([chat(*nodes)])
    assert said(document)[1:] == [("user", "user: What is this?", None), ("assistant", "assistant: A cat.", 1)]
    assert [note.message for note in document.report.notes] == [
        "Not read, because the conversation does not show them: "
        "3 messages of tools and settings, 1 pictures and other files."
    ]


def test_markdown_of_an_assistant_keeps_its_structure() -> None:
    answer = node("a", "q", [], "assistant", "1. Mix\n2. Bake\n\n| g | what |\n|---|---|\n| 16 | salt |")
    document = document_of([chat(node("q", None, ["a"], "user", "How?"), answer)])
    assert [(b.kind, document.text[b.start : b.end], b.speaker, b.answers) for b in document.blocks[2:]] == [
        ("paragraph", "assistant:", "assistant", 1),
        ("list_item", "1. Mix", "assistant", 1),
        ("list_item", "2. Bake", "assistant", 1),
        ("table_row", "g: 16; what: salt", "assistant", 1),
    ]


def test_a_mapping_that_leads_round_and_round_ends() -> None:
    loop = chat(node("a", "b", ["b"], "user", "One?"), node("b", "a", ["a"], "assistant", "Two."), current_node="b")
    assert said(document_of([loop]))[1:] == [("user", "user: One?", None), ("assistant", "assistant: Two.", 1)]


def test_conversations_of_one_export_do_not_answer_each_other() -> None:
    one = chat(node("q", None, ["a"], "user", "One?"), node("a", "q", [], "assistant", "Yes."))
    assert [answers for *_, answers in said(document_of([one, one]))] == [None, None, 1, None, None, 4]


def slack(user: str, text: str, ts: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "text": text, "ts": ts, **more}


MIA, TOM = {"user_profile": {"display_name": "", "real_name": "Mia Keller"}}, {"user_profile": {"display_name": "tom"}}


def test_slack_threads_answer_their_first_message() -> None:
    value = [
        slack("U1", "Where is the plan?", "1767225600.0001", thread_ts="1767225600.0001", **MIA),
        slack("U2", "Lunch?", "1767225660.0001", **TOM),
        slack("U2", "In the drawer.", "1767225720.0001", thread_ts="1767225600.0001", **TOM),
    ]
    document = document_of(value)
    assert said(document) == [
        ("Mia Keller", "Mia Keller: Where is the plan?", None),
        ("tom", "tom: Lunch?", 0),
        ("tom", "tom: In the drawer.", 0),
    ]
    assert [block.time for block in document.blocks] == ["2026-01-01 00:00", "2026-01-01 00:01", "2026-01-01 00:02"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("See <https://example.org/a|the plan> &amp; go", "See the plan & go"),
        ("See <https://example.org/a>", "See https://example.org/a"),
        ("<@U2> please", "@tom please"),
        ("<@U9> please", "@U9 please"),
        ("in <#C1|general>", "in #general"),
        ("<!here> now", "@here now"),
        ("1 &lt; 2", "1 < 2"),
    ],
)
def test_slack_markup_reads_as_slack_shows_it(written: str, shown: str) -> None:
    value = [slack("U1", written, "1767225600.0001", **MIA), slack("U2", "Yes", "1767225660.0001", **TOM)]
    value.append(slack("U1", "Good", "1767225760.0001", **MIA))
    assert said(document_of(value))[0][1] == f"Mia Keller: {shown}"


def test_a_slack_message_of_the_program_is_nobody_s() -> None:
    value = [slack("U1", "joined", "1767225600.1", subtype="channel_join", **MIA)]
    value += [
        slack(user, "Hi", f"176722566{at}.1", **who) for at, (user, who) in enumerate((("U1", MIA), ("U2", TOM)) * 6)
    ]
    assert said(document_of(value))[0] == ("", "joined", None)


GENERIC: dict[str, Any] = {
    "role and content": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}],
    "in a record": {"messages": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}]},
    "content in pieces": [
        {"role": "user", "content": [{"type": "text", "text": "Q?"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "A."}]},
    ],
    "sender and text": {"chat_messages": [{"sender": "user", "text": "Q?"}, {"sender": "assistant", "text": "A."}]},
    "from and value": {"conversations": [{"from": "user", "value": "Q?"}, {"from": "assistant", "value": "A."}]},
    "sender and body": [{"sender": "user", "body": "Q?", "sent_at": "x"}, {"sender": "assistant", "body": "A."}],
    "newest first": [
        {"sender_name": "assistant", "content": "A.", "timestamp_ms": 1767225660000},
        {"sender_name": "user", "content": "Q?", "timestamp_ms": 1767225600000},
    ],
    "author with a name": {
        "messages": [
            {"id": "1", "timestamp": "2026-01-01T00:00:00Z", "sender": {"name": "user"}, "content": "Q?"},
            {"id": "2", "timestamp": "2026-01-01T00:01:00Z", "sender": {"name": "assistant"}, "content": "A."},
        ]
    },
}


@pytest.mark.parametrize("value", GENERIC.values(), ids=GENERIC)
def test_lists_of_messages(value: Any) -> None:
    assert said(document_of(value)) == [("user", "user: Q?", None), ("assistant", "assistant: A.", 0)]


@pytest.mark.parametrize("event", [{"type": "service", "actor": "Mia", "text": ""}, {"subtype": "channel_join"}])
def test_what_the_program_says_makes_it_no_less_a_conversation(event: dict[str, str]) -> None:
    pieces = ["It is ", {"type": "bold", "text": "1,200"}, " EUR"]
    messages = [event, {"id": 1, "from": "Mia", "text": "Price?"}, event]
    messages.append({"id": 2, "from": "Tom", "text": pieces, "reply_to_message_id": 1})  # type: ignore[dict-item]
    document = document_of({"name": "Pump", "messages": messages})
    assert said(document) == [("", "Pump", None), ("Mia", "Mia: Price?", None), ("Tom", "Tom: It is 1,200 EUR", 1)]
    assert [note.message for note in document.report.notes] == [
        "Not read, because the conversation does not show them: 2 events without words."
    ]


def test_json_lines_of_messages() -> None:
    data = b'{"role": "user", "content": "Q?"}\n{"role": "assistant", "content": "A."}\n'
    assert said(load(data, "a.jsonl")) == [("user", "user: Q?", None), ("assistant", "assistant: A.", 0)]


def test_a_reply_names_its_message() -> None:
    people = ("Mia", "Tom", "Ann")
    value = {
        "name": "Garden",
        "messages": [
            {
                "id": at,
                "type": "message",
                "date": f"2026-03-04T10:0{at}:00",
                "from": who,
                "text": ["line ", {"text": str(at)}],
            }
            | ({"reply_to_message_id": 1} if at == 3 else {})
            for at, who in enumerate(people, 1)
        ]
        + [{"id": 4, "type": "message", "date": "2026-03-04T10:04:00", "from": "Mia", "text": "ok"}],
    }
    document = document_of(value)
    assert said(document)[1:4] == [("Mia", "Mia: line 1", None), ("Tom", "Tom: line 2", 1), ("Ann", "Ann: line 3", 1)]
    assert document.blocks[1].time == "2026-03-04 10:01"


NO_CONVERSATIONS: dict[str, Any] = {
    "products": [
        {"name": "Bolt", "text": "of steel"},
        {"name": "Nut", "text": "of brass"},
        {"name": "Bolt", "text": "x"},
    ],
    "quotations": [{"author": who, "text": "Words."} for who in ("Ann", "Bo", "Ann")],
    "articles": [{"author": who, "date": "2026", "title": "T", "content": "Words."} for who in ("Ann", "Bo", "Ann")],
    "jobs": [{"role": "Cook", "text": "cooks"}, {"role": "Driver", "text": "drives"}],
    "one message": [{"role": "user", "content": "Q?"}],
    "numbers": [1, 2, 3],
    "something else among them": [{"role": "user", "content": "Q?"}, "x", {"role": "assistant", "content": "A."}],
}


@pytest.mark.parametrize("value", NO_CONVERSATIONS.values(), ids=NO_CONVERSATIONS)
def test_other_json_stays_json(value: Any) -> None:
    assert not any(block.speaker for block in document_of(value).blocks)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1767225600, "2026-01-01 00:00"),
        (1767225600.9, "2026-01-01 00:00"),
        (1767225600000, "2026-01-01 00:00"),
        ("1767225600.000100", "2026-01-01 00:00"),
        ("2026-01-01T00:00:00.000Z", "2026-01-01 00:00"),
        ("2026-01-01", "2026-01-01"),
        ("2026", "2026"),
        ("yesterday", "yesterday"),
        (3, ""),
        (True, ""),
        (None, ""),
        (float("inf"), ""),
        (float("nan"), ""),
        ("inf", ""),
        (10**400, ""),
        ([], ""),
    ],
)
def test_times_read_as_people_write_them(value: Any, shown: str) -> None:
    assert as_time(value) == shown
