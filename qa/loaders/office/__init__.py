"""Word, PowerPoint, spreadsheets and what xberg reads → documents."""
