"""The command line: ``qa add · sync · list · show · remove · search · ask · check · chat · evaluate · why``."""

from qa.cli import evaluating, explaining  # noqa: F401 - they add their commands
from qa.cli.commands import app, main

__all__ = ["app", "main"]
