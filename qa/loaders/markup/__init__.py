"""Markdown, HTML, mail and notebooks → documents."""
