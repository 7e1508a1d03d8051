"""The guarded process in which files are read."""
