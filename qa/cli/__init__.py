"""The command line: ``qa add · sync · list · show · remove · search · ask · check · chat``."""

from qa.cli.commands import app, main

__all__ = ["app", "main"]
