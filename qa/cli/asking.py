"""``qa ask`` and ``qa models``: answers in quotes, or written by a configured language model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Annotated

import typer
from rich.text import Text

from qa.cli import to_text
from qa.cli.commands import app
from qa.cli.console import Output, one_line
from qa.cli.options import (
    DocumentOption,
    JsonOption,
    LibraryOption,
    ModelOption,
    Options,
    QuestionArgument,
    ReaderOption,
    ThresholdOption,
    WhereOption,
    documents_named,
    filters,
)
from qa.conversation.conversation import NOT_SAVED, Pending
from qa.errors import SettingsError
from qa.generation import OnStatement, Writer
from qa.library import Library
from qa.settings import ANY_MODEL, LanguageModel, language_model_file, load_language_model
from qa.types import Citation, Statement


@app.command()
def ask(  # noqa: PLR0913 - options
    context: typer.Context,
    question: QuestionArgument,
    follow_up: Annotated[
        bool, typer.Option("--continue", help="Ask a follow-up in the conversation used last.")
    ] = False,
    document: DocumentOption = None,
    where: WhereOption = None,
    quotes: Annotated[bool, typer.Option("--quotes", help="Answer in quotes, without a language model.")] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    reader: ReaderOption = None,
    threshold: ThresholdOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question in quotes, or in a language model's words with quotes.

    If the documents do not hold the answer, this is said, with the nearest passages. A configured language model gets
    the question and the best passages, and each of its sentences is shown as soon as it has been checked: quotations
    found in no document are struck out, sentences without proof are flagged.

    Each question starts a conversation that is saved in the library and listed on the page; with --continue it goes to
    the conversation used last, here or on the page: `qa ask "Who built the canal?"`, then
    `qa ask --continue "And when?"`. The question that was searched is shown when it differs from yours; in JSON,
    `question` is the one that was searched.
    """
    options = Options(context, library, model, as_json, reader=reader, threshold=threshold)
    configured = None if quotes else load_language_model()
    writer = Writer(configured) if configured else None
    with options.open() as opened:
        conversation = opened.conversation(_latest(opened) if follow_up else None)
        pending = conversation.begin(question, documents_named(document) if document else None)
        with _shown_as_written(options.out, pending) as on_statement:
            answer = conversation.answer(pending, filters(where), writer=writer, on_statement=on_statement)
        error_rate = opened.error_rate()
    if not follow_up:  # nobody asked for the question to be saved
        answer = replace(answer, notes=tuple(note for note in answer.notes if note.code != NOT_SAVED))
    if options.out.as_json:
        options.out.json(answer.to_dict())
    else:
        to_text.show_answer(options.out, answer, error_rate)


def _latest(library: Library) -> int | None:
    """The id of the conversation that was used last; None when there is none yet."""
    return next((conversation.id for conversation in library.conversations.all()), None)


@contextmanager
def _shown_as_written(out: Output, pending: Pending) -> Iterator[OnStatement | None]:
    """A callback that shows the sentences of a language model as they come, after the question that was searched."""
    with ExitStack() as waiting:
        if not out.as_json:
            waiting.callback(lambda: to_text.show_searched(out, pending.message))
        waiting.enter_context(out.waiting("Searching…"))

        def show(statements: Sequence[Statement], _citations: Sequence[Citation]) -> None:
            if statements:
                waiting.close()  # its animation would be drawn into the sentences
                to_text.show_statement(out, statements[-1])

        yield None if out.as_json else show


@app.command()
def models(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the language models that the configured address offers.

    VERBATIM_LLM_URL names the address, such as http://127.0.0.1:11434/v1, VERBATIM_LLM_MODEL the model to use, and
    VERBATIM_LLM_KEY a key, where one is asked for; docs/language-model.md says the rest. Nothing of your documents is
    sent. In a pipe: a line for each, with a tab and the word configured after the one in use.
    """
    options = Options(context, None, None, as_json)
    configured = configured_model(chosen=False)
    offered = Writer(configured).models()
    name = None if configured.model == ANY_MODEL else configured.model
    if options.out.as_json:
        options.out.json({"url": configured.url, "configured": name, "models": offered})
    else:
        _show_models(options.out, configured.url, offered, name)


def configured_model(*, chosen: bool = True) -> LanguageModel:
    """As ``load_language_model``, but where there is none it raises a ``SettingsError`` that says how to name one."""
    model = load_language_model(chosen=chosen)
    if model is None:
        raise SettingsError(
            "no language model is configured. Set VERBATIM_LLM_URL to an OpenAI-compatible address, such as "
            "http://127.0.0.1:11434/v1 for Ollama on this machine, VERBATIM_LLM_MODEL to a model that qa models then "
            "lists, and VERBATIM_LLM_KEY if it needs a key; optional are _CONTEXT, _TEMPERATURE and _TIMEOUT. Or write "
            f"them to {language_model_file()}. See docs/language-model.md."
        )
    return model


def _show_models(out: Output, url: str, offered: Sequence[str], configured: str | None) -> None:
    """The models that an address offers, and which of them is used; piped, one on a line."""
    for name in offered:
        label = "configured" if name == configured else ""
        if out.is_terminal:
            out.line(Text.assemble((one_line(name), "bold" if label else ""), ("  " + label, "cyan")))
        else:
            out.row(name, *filter(None, [label]))
    if not offered:
        out.error(f"{url} offers no model yet.")
    elif configured is None:
        out.error("no model is chosen: set VERBATIM_LLM_MODEL to one of them.")
    elif configured not in offered:
        out.error(f"the configured model {configured!r} is not among them: set VERBATIM_LLM_MODEL to one of them.")
