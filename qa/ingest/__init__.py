"""Files → the store: found, read, split, saved and embedded; and taken out again."""
