"""The commands ``qa add · sync · list · show · remove · search · check · export · import · chat · ask · models ·
evaluate · why``."""

from qa.cli import asking, chatting, evaluating, explaining  # noqa: F401 - they add their commands
from qa.cli.commands import app, main

__all__ = ["app", "main"]
