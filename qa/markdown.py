"""Deprecated: use ``qa.conversation.export``. Goes with version 0.2."""

from __future__ import annotations

import warnings

from qa.conversation.export import conversation_markdown

__all__ = ["conversation_markdown"]

warnings.warn("qa.markdown is now qa.conversation.export", DeprecationWarning, stacklevel=2)
