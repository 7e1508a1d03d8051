"""Start the chat page: ``python app.py [paths…]``. Settings → library → page → serve, on this machine only."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from qa.errors import VerbatimError
from qa.library import Library
from qa.settings import load_settings
from qa.web.server import serve

SAMPLES = Path(__file__).parent / "samples"
QUESTIONS_SHOWN = 3


def parser() -> argparse.ArgumentParser:
    """The options of ``python app.py``."""
    options = argparse.ArgumentParser(prog="app.py", description="Ask questions of your documents in a page.")
    options.add_argument("paths", nargs="*", type=Path, help="files and folders to add to the library")
    options.add_argument("--samples", action="store_true", help="try it on the documents that come with the program")
    options.add_argument("--library", type=Path, metavar="DIR", help="folder of the library (default: your user data)")
    options.add_argument("--host", default="127.0.0.1", help="address to serve on (default: this machine only)")
    options.add_argument("--port", type=int, default=7860, help="port, or the next free one (default: 7860)")
    options.add_argument("--no-open", action="store_true", help="do not open a browser")
    return options


def sample_questions(folder: Path) -> tuple[str, ...]:
    """A question that can be answered from each of the first few sample files; none where they have no questions."""
    file = folder / "questions.jsonl"
    first: dict[str, str] = {}
    for line in file.read_text("utf-8").splitlines() if file.is_file() else ():
        entry = json.loads(line)
        if entry.get("answerable", True):
            first.setdefault(entry["file"], entry["question"])
    return tuple(first.values())[:QUESTIONS_SHOWN]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; gives the exit code: 0 ended by the user, 1 an error that was explained."""
    options = parser().parse_args(arguments)
    folder, paths = options.library, list(options.paths)
    examples: tuple[str, ...] = ()
    if options.samples:
        folder = folder or user_cache_path("verbatim", appauthor=False) / "samples-library"
        paths, examples = [SAMPLES / "docs", *paths], sample_questions(SAMPLES)
    try:
        settings = load_settings(folder)
        library = Library.open(settings.library, settings=settings)
        try:
            serve(
                library,
                paths=paths,
                host=options.host,
                port=options.port,
                open_browser=not options.no_open,
                examples=examples,
            )
        finally:
            library.close()
    except VerbatimError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
