"""Questions asked one after the other: follow-ups made to stand alone, messages saved, conversations exported."""

from qa.conversation.rewrite import Turn, standalone

__all__ = ["Turn", "standalone"]
