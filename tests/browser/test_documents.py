"""Documents on the page: added by the folder, chosen, read again, removed, updated."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_config_path
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ask

pytestmark = pytest.mark.browser

expect.set_options(timeout=120_000)  # the machine may be busy with other things


def write(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def pages(count: int) -> dict[str, str]:
    return {f"page{n:03d}.md": f"# Page {n}\n\nThis page speaks of subject{n}.\n" for n in range(count)}


def row(page: Page, title: str) -> Locator:
    return page.locator(".vb-list > li", has=page.locator(".vb-name", has_text=title))


def more(page: Page, title: str) -> Locator:
    """The row with its details open."""
    item = row(page, title)
    item.get_by_role("button", name=f"More about {title}").click()
    item.get_by_role("button", name="Read again").wait_for()
    return item


def upload(page: Page, texts: dict[str, str]) -> None:
    files: Any = [{"name": name, "mimeType": "text/plain", "buffer": text.encode()} for name, text in texts.items()]
    page.locator("#vb-files").set_input_files(files)


def test_a_chosen_folder_is_added_with_its_folders_names(page: Page, tmp_path: Path) -> None:
    """What is no document is left out by name; hidden files are not even sent."""
    folder = write(
        tmp_path / "notes", {"a/one.md": "# One\n\nThe first.", "b/two.md": "# Two\n\nThe second.", "x.exe": "MZ"}
    )
    write(folder, {".git/three.md": "# Three", "a/.four.md": "# Four"})
    page.locator("#vb-folder").set_input_files(folder)
    expect(page.locator(".vb-uploads .vb-state")).to_have_text(["Added", "Added"])
    expect(row(page, "One")).to_contain_text("notes/a/one.md")
    expect(row(page, "Two")).to_contain_text("notes/b/two.md")
    expect(page.locator(".vb-left-out")).to_contain_text("1 file skipped")
    expect(page.locator(".vb-left-out li")).to_have_text(["notes/x.exe"])


def test_a_dropped_folder_is_added(page: Page, tmp_path: Path) -> None:
    """A real drop, as the browser makes it of a folder from the desk."""
    folder = write(tmp_path / "dropped", {"deep/boat.md": "# Boat\n\nThe red boat sails.", ".hidden/x.md": "no"})
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 640, "y": 300, "data": data})
    expect(page.locator(".vb-uploads .vb-state")).to_have_text("Added")
    expect(row(page, "Boat")).to_contain_text("dropped/deep/boat.md")
    expect(page.locator("#vb-docs-toggle .vb-count")).to_have_text("3")


def test_many_files_are_one_line_with_the_details_folded(page: Page, served: Any) -> None:
    """Each has its progress, none is lost, what was not read comes first; the page can be used meanwhile."""
    fold = row(page, "The Tower").get_by_role("button", name="More about The Tower")
    upload(page, {**pages(120), "broken.pdf": "%PDF-1.4 broken"})
    summary = page.locator(".vb-batch summary")
    expect(summary).to_have_text(re.compile(r"Adding 121 files: \d+ done"))
    expect(page.locator(".vb-uploads li")).to_have_count(121)
    fold.focus()
    assert "330 metres" in ask(page, "How tall is the iron tower in metres?").inner_text()
    fold.focus()
    expect(summary).to_have_text("120 of 121 files read, 1 not read")
    expect(fold).to_be_focused()
    expect(page.locator(".vb-uploads")).to_be_hidden()
    assert served.library.stats().sources == 122
    summary.click()
    bad = page.locator(".vb-uploads li").first
    expect(bad.locator(".vb-name")).to_have_text("broken.pdf")
    expect(bad.locator(".vb-state")).to_have_text("Not read")
    expect(bad.locator(".vb-reason")).not_to_be_empty()
    expect(page.locator(".vb-uploads .vb-state", has_text="Added")).to_have_count(120)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator(".vb-progress")).to_be_hidden()
    expect(page.get_by_role("button", name="Add files")).to_be_focused()


def test_what_waits_to_be_sent_is_not_left_without_a_question(page: Page, served: Any) -> None:
    """Leaving the page while files wait loses them: the browser asks first."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#ask textarea").click()  # browsers ask only whom they have seen use the page
    upload(page, pages(40))
    expect(page.locator(".vb-uploads li")).to_have_count(40)
    page.reload()
    assert asked == ["beforeunload"]


def test_an_upload_says_how_far_its_vectors_are(cold_page: Page, cold: Any) -> None:
    """There is no model yet: what was read is found by its words, and the answer says so."""
    upload(cold_page, {"bridge.md": "# Bridge\n\nThe wooden bridge was opened in 1932."})
    expect(cold_page.locator(".vb-uploads .vb-state")).to_have_text("embedding, 0 of 1")
    expect(row(cold_page, "Bridge")).to_contain_text("embedding, 0 of 1")
    cold.background.start()
    expect(cold_page.locator(".vb-uploads .vb-state")).to_have_text("Added")
    expect(row(cold_page, "Bridge")).not_to_contain_text("embedding")


def test_removing_says_what_goes_and_leaves_nothing(page: Page, served: Any) -> None:
    upload(page, {"secret.txt": "The word xylofonkanarq is secret."})
    expect(page.locator(".vb-uploads .vb-state")).to_have_text("Added")
    item = more(page, "secret.txt")
    item.get_by_role("button", name="Remove…").click()
    question = item.get_by_role("group", name="Remove secret.txt")
    expect(question).to_contain_text("The uploaded copy is deleted too. This cannot be undone.")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(item.get_by_role("button", name="Remove…")).to_be_focused()
    page.keyboard.press("Enter")
    question.get_by_role("button", name="Remove", exact=True).click()
    expect(row(page, "secret.txt")).to_have_count(0)
    expect(page.locator("#vb-docs-toggle .vb-count")).to_have_text("2")
    assert page.evaluate("document.activeElement.className") == "vb-open"
    files = [path for path in served.library.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"xylofonkanarq" in path.read_bytes()] == []


def test_removing_a_file_says_that_the_file_stays(page: Page, served: Any) -> None:
    item = more(page, "The Tower")
    item.get_by_role("button", name="Remove…").click()
    path = str(served.folder / "documents" / "tower.md")
    expect(item).to_contain_text(
        f"The file itself is not touched: {path}; it will be skipped when its folder is updated."
    )
    item.get_by_role("button", name="Remove", exact=True).click()
    expect(row(page, "The Tower")).to_have_count(0)
    page.get_by_role("button", name="Update folders").click()
    expect(page.locator(".vb-report")).to_contain_text("1 skipped")
    expect(row(page, "The Tower")).to_have_count(0)


def test_reading_again_takes_over_a_change(page: Page, served: Any) -> None:
    item = more(page, "The Tower")
    item.get_by_role("button", name="Read again").click()
    expect(item).to_contain_text("The file has not changed.")
    expect(item.get_by_role("button", name="Read again")).to_be_focused()
    write(served.folder / "documents", {"tower.md": "# The Steeple\n\nThe steeple has 99 bells."})
    item.get_by_role("button", name="Read again").click()
    expect(row(page, "The Steeple")).to_contain_text("The file had changed and was read again.")
    assert "99 bells" in ask(page, "How many bells has the steeple?").inner_text()


def test_a_folder_that_was_not_added_here_is_asked_about(page: Page, served: Any) -> None:
    """As in a library from somebody else: nothing on this machine says that it was."""
    shutil.rmtree(user_config_path("verbatim", appauthor=False) / "added")
    write(served.folder / "documents", {"tower.md": "# The Steeple\n\nThe steeple has 99 bells."})
    page.get_by_role("button", name="Update folders").click()
    question = page.get_by_role("group", name=f"Not added here: {served.folder / 'documents'}")
    expect(question).to_contain_text("If somebody else gave you this library, leave it.")
    expect(row(page, "The Tower")).to_be_visible()
    question.get_by_role("button", name="Read it").click()
    expect(row(page, "The Steeple")).to_be_visible()
    expect(question).to_have_count(0)


def test_what_could_not_be_read_stands_with_the_document(page: Page) -> None:
    page.locator("#vb-files").set_input_files(
        [
            {
                "name": "old.txt",
                "mimeType": "text/plain",
                "buffer": "Die Brücke ist älter als das Café.".encode("latin-1"),
            }
        ]
    )
    expect(page.locator(".vb-uploads .vb-reason").first).to_contain_text("encoding", ignore_case=True)
    expect(more(page, "old.txt").locator(".vb-notes")).to_contain_text("encoding", ignore_case=True)
    expect(more(page, "The Tower").locator(".vb-notes")).to_have_text("The whole file was read.")


def test_a_question_goes_to_the_chosen_documents_only(page: Page) -> None:
    """And the choice stands beside the question, with the way back."""
    upload(page, {"bridge.md": "# Bridge\n\nThe iron bridge is 40 metres long."})
    expect(page.locator(".vb-uploads .vb-state")).to_have_text("Added")
    expect(page.locator("#vb-scope")).to_be_hidden()
    page.get_by_role("checkbox", name="Search The Tower").uncheck()
    expect(page.locator("#vb-scope")).to_contain_text("Searching 2 of 3 documents")
    page.locator("#vb-every").click()  # all
    page.locator("#vb-every").click()  # none
    page.get_by_role("checkbox", name="Search Bridge").check()
    expect(page.locator("#vb-scope")).to_contain_text("Searching only “Bridge”")
    message = ask(page, "How many metres is the iron tower tall?")
    assert "330" not in message.inner_text()
    page.get_by_role("button", name="Search all documents").first.click()
    expect(page.locator("#vb-scope")).to_be_hidden()
    assert "330 metres" in ask(page, "How tall is the iron tower in metres?").inner_text()


def test_a_choice_follows_the_documents(page: Page) -> None:
    """An added one joins it; and "all" is one click away."""
    page.get_by_role("checkbox", name="Search The Tower").uncheck()
    upload(page, {"bridge.md": "# Bridge\n\nThe iron bridge."})
    expect(page.locator("#vb-scope")).to_contain_text("Searching 2 of 3 documents")
    page.locator("#vb-scope").get_by_role("button", name="Search all documents").click()
    expect(page.locator("#vb-scope")).to_be_hidden()
    expect(page.get_by_role("checkbox", name="Search The Tower")).to_be_checked()


def test_a_choice_made_before_the_conversation_is_there_counts(page: Page, served: Any) -> None:
    """The question box comes later than the list."""
    page.route("**/config*", lambda route: (page.wait_for_timeout(3000), route.continue_()))
    page.goto(served.url, wait_until="commit")
    page.get_by_role("checkbox", name="Search The Tower").uncheck()
    assert page.locator("#ask").count() == 0
    page.locator("#ask textarea").wait_for()
    page.locator("#ask textarea").fill("How tall is the iron tower in metres?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .bot-row .vb-quotes")).to_be_visible()
    assert "330" not in page.locator("#chat .bot-row").inner_text()


def test_none_chosen_stays_so_when_one_is_added(page: Page) -> None:
    """It means all, the new one too; not the new one alone."""
    page.locator("#vb-every").click()
    expect(page.locator(".vb-choose")).to_contain_text("None selected: searching all")
    upload(page, {"bridge.md": "# Bridge\n\nThe iron bridge."})
    expect(row(page, "Bridge")).to_be_visible()
    expect(page.locator("#vb-scope")).to_be_hidden()
    expect(page.locator(".vb-choose")).to_contain_text("None selected: searching all")


def test_a_removed_documents_quotes_leave_the_conversation_that_is_shown(page: Page) -> None:
    upload(page, {"bridge.md": "# Bridge\n\nThe wooden bridge was opened in 1932."})
    expect(page.locator(".vb-uploads .vb-state")).to_have_text("Added")
    message = ask(page, "When was the wooden bridge opened?")
    assert "1932" in message.inner_text()
    page.get_by_role("button", name="Copy message").wait_for()
    item = more(page, "Bridge")
    item.get_by_role("button", name="Remove…").click()
    item.get_by_role("button", name="Remove", exact=True).click()
    expect(message).not_to_contain_text("1932")


def test_a_long_list_is_searched_and_chosen_from(page: Page, served: Any) -> None:
    expect(page.get_by_role("searchbox", name="Find a document")).to_be_hidden()
    served.library.add(write(served.folder / "more", pages(20)))
    page.reload()
    box = page.get_by_role("searchbox", name="Find a document")
    box.fill("page 1")
    expect(page.locator(".vb-list > li")).to_have_count(11)  # 1 and 10 to 19
    page.locator("#vb-every").click()
    box.fill("")
    expect(page.locator("#vb-scope")).to_contain_text("Searching 11 of 22 documents")
    page.get_by_role("button", name="Remove these 11").click()
    page.get_by_role("group", name="Remove 11 documents").get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".vb-list > li")).to_have_count(11)
    expect(page.locator("#vb-scope")).to_be_hidden()


def test_folders_are_brought_up_to_date_with_a_question(page: Page, served: Any) -> None:
    """Nothing goes with a folder that is away, until the user says so."""
    folder = write(served.folder / "more", pages(4))
    served.library.add(folder)
    write(folder, {"new.md": "# New\n\nA new page."})
    page.get_by_role("button", name="Update folders").click()
    expect(page.locator(".vb-report")).to_contain_text("1 new")
    expect(row(page, "New")).to_be_visible()
    shutil.rmtree(folder)
    page.get_by_role("button", name="Update folders").click()
    question = page.get_by_role("group", name=f"Files missing in {folder}")
    expect(question).to_contain_text("The folder is missing; its 5 documents were kept.")
    question.get_by_role("button", name="Keep them").click()
    expect(question).to_be_hidden()
    assert served.library.stats().sources == 7
    page.get_by_role("button", name="Update folders").click()
    question.get_by_role("button", name="Remove them").click()
    expect(page.locator(".vb-list > li")).to_have_count(2)
    expect(question).to_be_hidden()


def test_folders_come_up_to_date_at_the_start(cold_page: Page, cold: Any) -> None:
    write(cold.folder / "documents", {"new.md": "# New\n\nA new page."})
    cold.background.start()
    expect(row(cold_page, "New")).to_be_visible()


def test_a_phone_has_room_for_all_of_it(phone: Page) -> None:
    phone.get_by_role("button", name="Documents").click()
    more(phone, "The Tower").get_by_role("button", name="Remove…").click()
    phone.get_by_role("button", name="Cancel", exact=True).click()
    phone.get_by_role("checkbox", name="Search The Tower").uncheck()
    phone.keyboard.press("Escape")
    expect(phone.locator("#vb-scope")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
