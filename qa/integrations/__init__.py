"""Verbatim inside other frameworks."""
