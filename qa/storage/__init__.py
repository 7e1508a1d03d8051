"""A library's folder: its database, its indexes and its lock."""
