"""The command line: ``qa add · sync · list · show · remove · search · ask · check · chat · evaluate``."""

from qa.cli import evaluating  # noqa: F401 - adds its command
from qa.cli.commands import app, main

__all__ = ["app", "main"]
