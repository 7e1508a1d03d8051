"""Plain text, delimited tables and JSON → documents."""
