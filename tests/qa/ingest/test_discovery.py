"""Finding the documents of folders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from qa.ingest.discovery import FoundFile, _pattern, find_files
from qa.types import FileOutcome
from tests.helpers import write


def put(folder: Path, *names: str, text: str = "x") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(folder: Path, *paths: Path) -> list[str]:
    items = find_files(paths or [folder])
    return [os.path.relpath(item.path, folder) for item in items if isinstance(item, FoundFile)]


def outcomes(folder: Path, *paths: Path) -> dict[str, tuple[str, str]]:
    items = find_files(paths or [folder])
    return {
        os.path.relpath(item.path, folder): (item.status, item.reason)
        for item in items
        if isinstance(item, FileOutcome)
    }


def test_folders_are_searched_in_the_order_of_names(tmp_path: Path) -> None:
    put(tmp_path, "b.md", "a/z.txt", "a/b/c.pdf", "c.html", "README", "D.MD")
    assert found(tmp_path) == ["D.MD", "README", "a/b/c.pdf", "a/z.txt", "b.md", "c.html"]
    first = next(iter(find_files(tmp_path)))
    assert isinstance(first, FoundFile)
    assert (first.root, first.size) == (str(tmp_path), 1)
    assert first.modified_ns == (tmp_path / "D.MD").stat().st_mtime_ns


def test_hidden_and_unsupported_things_are_named_with_the_reason(tmp_path: Path) -> None:
    put(tmp_path, "a.md", ".git/config.md", ".env.md", "x.bin", "Makefile", "~$b.docx")
    assert found(tmp_path) == ["a.md"]
    assert outcomes(tmp_path) == {
        ".git": ("skipped", "hidden"),
        ".env.md": ("skipped", "hidden"),
        "x.bin": ("skipped", "no reader for .bin files"),
        "Makefile": ("skipped", "no suffix; name the file itself to add it"),
        "~$b.docx": ("skipped", "a lock file of an office program"),
    }


def test_gitignore_files_are_honoured_where_they_stand(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "b.log", "keep.log", "build/x.md", "sub/build/x.md", "sub/n.md", "sub/y.md", "sub/c.log")
    (tmp_path / ".gitignore").write_text("*.log\n!keep.log\n/build/\nsub/n.md\n")
    (tmp_path / "sub/.gitignore").write_text("y.md\n!c.log\n")
    assert found(tmp_path) == ["a.md", "keep.log", "sub/build/x.md", "sub/c.log"]
    assert outcomes(tmp_path)["build"] == ("skipped", "ignored by .gitignore")


def test_a_broken_gitignore_line_does_not_stop_the_others(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "b.log")
    (tmp_path / ".gitignore").write_bytes(b"!\n\xff\xfe\n[z-a]\n*.log\n")
    assert found(tmp_path) == ["a.md"]


def test_a_line_that_is_cut_with_a_long_gitignore_is_no_pattern(tmp_path: Path) -> None:
    """``*.log`` would become ``*``, which ignores everything."""
    put(tmp_path, "a.md")
    filler = "#" * 99 + "\n"
    lines = filler * (256 * 1024 // 100)
    (tmp_path / ".gitignore").write_text(lines + "#" * (256 * 1024 - len(lines) - 2) + "\n*.log\n")
    assert found(tmp_path) == ["a.md"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.timeout(60)
def test_a_pipe_or_device_for_gitignore_is_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path, "a/x.md", "b/x.md")
    os.mkfifo(tmp_path / "a/.gitignore")
    (tmp_path / "b/.gitignore").symlink_to("/dev/zero")
    assert found(tmp_path) == ["a/x.md", "b/x.md"]


@pytest.mark.parametrize("name", ["a\0.md", "\ud800.md"])
def test_a_name_that_no_file_can_have_is_an_outcome(tmp_path: Path, name: str) -> None:
    (outcome,) = find_files(str(tmp_path / name))
    assert isinstance(outcome, FileOutcome) and outcome.reason == "no file can have this name"


def test_a_named_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.md", "ignored.md", "main.py")
    (tmp_path / ".gitignore").write_text("ignored.md\n")
    paths = [tmp_path / name for name in (".hidden.md", "ignored.md", "main.py", "main.py")]
    assert found(tmp_path, *paths) == [".hidden.md", "ignored.md", "main.py"]
    assert all(isinstance(item, FoundFile) and item.root is None for item in find_files(paths))


def test_a_missing_path_is_a_failure(tmp_path: Path) -> None:
    put(tmp_path, "a.md")
    assert outcomes(tmp_path, tmp_path / "gone", tmp_path / "a.md/x") == {
        "gone": ("failed", "no such file or folder"),
        "a.md/x": ("failed", "no such file or folder"),
    }


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    put(tmp_path, "a/b/x.md")
    (tmp_path / "a/b/loop").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "again").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "self.md").symlink_to(tmp_path / "self.md")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    assert found(tmp_path) == ["a/b/x.md"]
    assert outcomes(tmp_path) == {"gone.md": ("failed", "a broken link"), "self.md": ("failed", "a broken link")}


def test_too_large_files_fail_with_size_and_limit(tmp_path: Path) -> None:
    put(tmp_path, "a.md", text="x" * 2000)
    [outcome] = find_files(tmp_path, max_file_bytes=1000)
    assert isinstance(outcome, FileOutcome)
    assert outcome.status == "failed"
    assert "2,000 bytes; the limit is 1,000" in outcome.reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every folder")
def test_a_folder_without_rights_fails_and_the_others_go_on(tmp_path: Path) -> None:
    put(tmp_path, "locked/a.md", "open/b.md")
    (tmp_path / "locked").chmod(0)
    try:
        assert found(tmp_path) == ["open/b.md"]
        assert outcomes(tmp_path)["locked"][0] == "failed"
    finally:
        (tmp_path / "locked").chmod(0o700)


def test_special_files_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert outcomes(tmp_path) == {"pipe.md": ("skipped", "not a regular file")}
    assert outcomes(tmp_path, tmp_path / "pipe.md") == {"pipe.md": ("failed", "not a regular file")}


def test_a_name_that_is_no_text_fails(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"bad\xff.md")).write_text("x")
    [outcome] = find_files(tmp_path)
    assert isinstance(outcome, FileOutcome)
    assert outcome.status == "failed"
    outcome.path.encode()


def test_very_deep_folders_are_searched(tmp_path: Path) -> None:
    deep = tmp_path / "/".join(["d"] * 400)
    deep.mkdir(parents=True)
    put(deep, "x.md")
    assert len(found(tmp_path)) == 1


def test_gitignore_patterns_take_linear_time(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "*a" * 12 + "b\n" + "**/a/" * 12 + "b\n*.log\n", "a" * 200 + ".md": "", "b.log": ""})
    deep = tmp_path.joinpath(*["a"] * 500)
    deep.mkdir(parents=True)
    (deep / "c.md").touch()
    program = f"from qa.ingest.discovery import find_files; print(len(list(find_files({str(tmp_path)!r}))))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "4\n"  # .gitignore and b.log are skipped


PARTS = st.sampled_from(["a", "b", "*", "*", "?", "/", "**/", "/**", "[ab]", "!", "a*"])


@given(
    lines=st.lists(st.lists(PARTS, min_size=1, max_size=8).map("".join), min_size=1, max_size=2),
    path=st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5).map("/".join),
)
def test_gitignore_patterns_mean_what_they_mean_to_pathspec(lines: list[str], path: str) -> None:
    ours = GitIgnoreSpec(filter(None, map(_pattern, lines)))
    try:
        theirs = GitIgnoreSpec.from_lines(lines)
    except ValueError:  # a line that is no pattern
        return
    assert ours.check_file(path).include == theirs.check_file(path).include
