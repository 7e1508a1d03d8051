"""The command line as the tests call it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from typer.testing import CliRunner

import qa.cli.options
from embeddings import HashingEncoder
from qa import Library, Settings
from qa.cli import app

Qa = Callable[..., Result]


def command_line(monkeypatch: pytest.MonkeyPatch) -> Qa:
    """Runs the command line with these arguments and expects the exit status ``code`` (0); its libraries use the
    encoder that needs no model."""

    def open_library(settings: Settings, create: bool) -> Library:
        return Library.open(settings.library, settings=settings, encoder=HashingEncoder(), create=create)

    monkeypatch.setattr(qa.cli.options, "open_library", open_library)

    def run(*arguments: object, code: int = 0) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return run
