"""Loaders of conversations: chat logs, exports of chat programs, subtitles."""
