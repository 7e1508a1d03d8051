"""The results of commands as text for people. Document text is shown cleaned and never read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from rich.table import Table
from rich.text import Text

from qa.answering.citations import cite, location
from qa.answering.error_rate import ErrorRate
from qa.cli.console import Output, clean, one_line
from qa.conversation.history import Message
from qa.generation import FAILURES, failure_words
from qa.text.languages import language_name
from qa.types import (
    READ_AGAIN,
    STRUCK,
    UNPROVEN,
    AddReport,
    Answer,
    CheckReport,
    Citation,
    Document,
    FileOutcome,
    FileStatus,
    Hit,
    LibraryStats,
    Note,
    Passage,
    Source,
    Statement,
)

_NEAREST_SHOWN = 3
_EXCERPT_CHARS = 400
_SKIPPED_SHOWN = 20
_BEFORE_QUOTES = FAILURES | {"quotes_struck"}
"""Codes of notes that speak of the sentences above them and of the quotes that follow."""
_STATUS_WORDS: dict[FileStatus, str] = {
    "added": "added",
    "updated": "updated",
    "moved": "moved",
    "removed": "removed",
    "unchanged": "unchanged",
    "kept_old": "left in their earlier version",
    "failed": "failed",
    "skipped": "skipped",
}


# --- answers and hits -------------------------------------------------------------------------------------------------


def show_answer(out: Output, answer: Answer, error_rate: ErrorRate | None = None) -> None:
    """The quotes and where they are, or the nearest passages.

    The sentences of a language model have been shown before, with ``show_statement``.
    """
    failed = failure_words(answer.notes)
    before = [note for note in answer.notes if note.code in _BEFORE_QUOTES]
    _show_notes(out, [replace(note, message=failed) if note.code in FAILURES else note for note in before])
    if answer.status == "not_found":
        _show_nearest(out, answer)
    else:
        _show_quotes(out, answer, answer.writer if not failed else None, error_rate)
    _show_notes(out, [note for note in answer.notes if note not in before])


def _show_nearest(out: Output, answer: Answer) -> None:
    out.line("Not found in your documents.", style="bold")
    if answer.hits:
        out.line("\nThe nearest passages:")
        show_hits(out, answer.hits[:_NEAREST_SHOWN], answer.question)


def _show_quotes(out: Output, answer: Answer, writer: str | None, error_rate: ErrorRate | None) -> None:
    """``writer``: the language model that wrote the answer. The error rate was measured on quotes only."""
    if answer.writer:
        out.line()  # after its sentences
    if answer.short and not writer:
        out.line(f"{answer.short}\n", style="bold")
    for citation in answer.citations:
        _show_citation(out, citation)
    by = f"Written by {writer}. " if writer else ""
    measured = f". {error_rate.words}" if error_rate and not writer else ""
    out.line(f"{by}Confidence {answer.confidence:.0%}{measured}", style="dim")


def show_searched(out: Output, message: Message) -> None:
    """The question that was searched for a follow-up, when it differs from the one that was asked."""
    if message.searched != message.question:
        out.line(f"Searched for: {one_line(message.searched)}\n", style="dim")


def show_statement(out: Output, statement: Statement) -> None:
    """A sentence that a language model wrote, with the faults that were found in it."""
    markers = Text("".join(f" [{number}]" for number in statement.citations), "cyan")
    if not out.is_terminal:
        out.line(Text.assemble(one_line(statement.honest_text), markers))
        return
    shown, at = Text(), 0
    for start, end in statement.struck:
        shown.append(_flat(statement.text[at:start]))
        shown.append(_flat(statement.text[start:end]), "strike red").append(f" [{STRUCK}]", "red")
        at = end
    shown.append(_flat(statement.text[at:]))
    if statement.status == "unsupported":
        shown.append(f" [{UNPROVEN}]", "yellow")
    out.line(shown.append_text(markers))


def _flat(text: str) -> str:
    """On one line and cleaned, with white space at its ends as a space."""
    words = one_line(text)
    return f"{' ' if text[:1].isspace() else ''}{words}{' ' if words and text[-1:].isspace() else ''}"


def _show_notes(out: Output, notes: Iterable[Note]) -> None:
    for note in notes:
        out.line(f"Note: {note.message}", style="yellow")


def _show_citation(out: Output, citation: Citation) -> None:
    lead = f"[{citation.number}] "
    out.line(Text.assemble((lead, "cyan"), marked(citation.quote, citation.start, citation.spans)))
    _show_location(out, citation.source, location(citation), len(lead))


def marked(text: str, start: int, spans: Iterable[tuple[int, int]]) -> Text:
    """``text``, which begins at offset ``start`` of its document, cleaned, with these absolute spans in bold."""
    shown, at = Text(), 0
    for first, last in sorted(spans):
        shown.append(clean(text[at : max(first - start, at)]))
        shown.append(clean(text[max(first - start, at) : last - start]), "bold")
        at = max(at, last - start)
    return shown.append(clean(text[at:]))


def _show_location(out: Output, source: Source, words: str, indent: int) -> None:
    """The title and where in the document; the path below."""
    title = one_line(source.title) or PurePath(source.path).name
    out.line(" · ".join(filter(None, [title, one_line(words)])), style="green", indent=indent)
    out.line(one_line(source.path) + "\n", style="dim", indent=indent)


def show_hits(out: Output, hits: Sequence[Hit], question: str, explain: bool = False) -> None:
    """Passages and where they are, best first."""
    for number, hit in enumerate(hits, 1):
        lead = f"{number}. "
        shown, start = excerpt(hit, question)
        out.line(Text.assemble((lead, "cyan"), shown))
        if explain:
            out.line(_explained(hit), style="dim", indent=len(lead))
        where = location(cite(number, hit.source, hit.document, start, hit.passage.end))
        _show_location(out, hit.source, " · ".join(filter(None, [where, f"score {hit.score:.3f}"])), len(lead))


def excerpt(hit: Hit, question: str) -> tuple[Text, int]:
    """The best sentence in bold with the words around it, at most about 400 characters, cut at white space; and the
    offset at which it starts."""
    text, first, last = hit.document.text, hit.passage.start, hit.passage.end
    best = hit.nearest_unit
    middle, reach = (best.start, best.end) if best else (first + _word_at(hit.passage.text, question), 0)
    if max(reach, middle + _EXCERPT_CHARS // 2) - first > _EXCERPT_CHARS:
        first = text.find(" ", max(first, middle - _EXCERPT_CHARS // 4), middle) + 1 or middle
    if last - first > _EXCERPT_CHARS:
        last = max(text.rfind(" ", middle, first + _EXCERPT_CHARS), middle + 1)
    spans = [(best.start, min(best.end, last))] if best and best.start < last else []
    before, after = "… " if first > hit.passage.start else "", " …" if last < hit.passage.end else ""
    return Text.assemble(before, marked(text[first:last], first, spans), after), first


def _word_at(text: str, question: str) -> int:
    """The offset of the longest word of the question that ``text`` has; 0 if it has none."""
    words = sorted((word.strip(".,;:!?\"'()") for word in question.split()), key=len, reverse=True)
    found = (re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE) for word in words if word)
    return next((match.start() for match in found if match), 0)


def _explained(hit: Hit) -> str:
    detail = hit.detail
    meaning = "no vector" if detail.cosine is None else f"cosine {detail.cosine:.3f}"
    meaning += f" (rank {detail.dense_rank})" if detail.dense_rank else ""
    words = f"words {detail.bm25:.2f}" + (f" (rank {detail.sparse_rank})" if detail.sparse_rank else "")
    return f"{meaning} · {words}" + (f": {', '.join(detail.words)}" if detail.words else "")


# --- documents --------------------------------------------------------------------------------------------------------


def show_list(out: Output, folder: Path, sources: Sequence[Source], stats: LibraryStats) -> None:
    """The documents of a library, with their paths if there is room; piped, one line each: id, title, path."""
    if not out.is_terminal:
        for source in sources:
            out.row(source.id, source.title, source.path)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Id", justify="right", style="cyan")
    table.add_column("Title", overflow="fold", ratio=2)
    table.add_column("Size", justify="right", no_wrap=True)
    table.add_column("File", overflow="fold", ratio=3, style="dim")
    for source in sources:
        file = source.path if out.is_wide else PurePath(source.path).name
        table.add_row(str(source.id), Text(one_line(source.title)), size_words(source.size), Text(one_line(file)))
    out.print(table)
    if stats.outdated:
        words = f"{_count(stats.outdated, 'document')} read by an earlier version of the program"
        out.line(f"{words}: `qa sync` reads them again.", style="yellow")
    waiting = f", {stats.waiting:,} of them without a vector yet" if stats.waiting else ""
    waiting += f", {_count(stats.waiting_pages, 'page')} to be read by OCR" if stats.waiting_pages else ""
    out.line(
        f"\n{_count(len(sources), 'document')}, {_count(stats.passages, 'passage')}{waiting}, in {folder}", style="dim"
    )


def show_source(out: Output, source: Source, document: Document, passages: Sequence[Passage]) -> None:
    """The details of a document and how it was read."""
    report = document.report
    unreadable = ", ".join(map(str, report.unreadable_pages))
    rows = {
        "Title": source.title,
        "File": source.path,
        "Id": str(source.id),
        "Added": source.added,
        "Size": f"{size_words(source.size)}, {len(document.text):,} characters of text",
        "Language": language_name(document.language or ""),
        "Read by": report.loader,
        "Pages": str(report.pages or ""),
        "Unreadable pages": unreadable,
        "Passages": f"{len(passages):,}",
    }
    own = {key: value if isinstance(value, str) else ", ".join(value) for key, value in document.metadata.items()}
    rows |= {key: value for key, value in own.items() if value != source.title}
    for label, value in rows.items():
        if value:
            out.line(Text.assemble((f"{one_line(label)}: ", "bold"), one_line(value)))
    for note in report.notes:
        out.line(f"Note: {note_words(note)}", style="yellow")


def size_words(size: int) -> str:
    """Bytes as people read them."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def note_words(note: Note) -> str:
    """A note with the page it is about, unless it names that itself."""
    named = note.page is None or f"page {note.page}" in note.message
    return note.message if named else f"page {note.page}: {note.message}"


# --- reports ----------------------------------------------------------------------------------------------------------


def show_report(out: Output, report: AddReport) -> None:
    """The number of files by outcome, then each file that a person should know about."""
    took = sum(report.seconds.values())
    out.line(_counts(report) + (f" in {took:.1f} s" if took else ""), style="bold")
    _show_files(out, "Not read", [o for o in report.files if o.status in ("failed", "kept_old")], style="red")
    notes = [(o.path, note_words(note)) for o in report.files if o.status != "failed" for note in o.notes]
    for path, message in notes:
        out.line(f"Note: {path}: {message}", style="yellow")
    _show_files(out, "Skipped", [o for o in report.files if o.status == "skipped"], _SKIPPED_SHOWN)
    if report.waiting:
        out.line(f"{_count(report.waiting, 'passage')} found only by their words so far.")
    if report.waiting_pages:
        out.line(f"{_count(report.waiting_pages, 'page')} still to be read by OCR; `qa sync` goes on with it.")


def _counts(report: AddReport) -> str:
    counts = [f"{report.count(status):,} {words}" for status, words in _STATUS_WORDS.items() if report.count(status)]
    if again := sum(outcome.reason == READ_AGAIN for outcome in report.files):
        counts.append(f"{again:,} of them {READ_AGAIN}")
    return ", ".join(counts) or "Nothing to do"


def _show_files(
    out: Output, heading: str, outcomes: Sequence[FileOutcome], limit: int | None = None, style: str = ""
) -> None:
    if outcomes:
        out.line(f"{heading}:", style=style)
    for outcome in outcomes[:limit]:
        out.line(f"{one_line(outcome.path)}: {outcome.reason}", indent=2)
    if limit is not None and len(outcomes) > limit:
        out.line(f"… and {len(outcomes) - limit:,} more (all of them with --json)", indent=2)


def show_check(out: Output, report: CheckReport, encoded: int, waiting: int) -> None:
    """The problems that a check found."""
    for problem in report.problems:
        out.line(problem, style="yellow")
    if report.problems:
        out.line("All problems were repaired." if report.repaired else "Not repaired.", style="bold")
    else:
        out.line(f"{_count(report.passages, 'passage')} checked; no problems found.")
    if encoded:
        out.line(f"{_count(encoded, 'passage')} got a vector.")
    if waiting:
        out.line(f"{_count(waiting, 'passage')} found only by their words so far; `qa sync` makes the missing vectors.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
