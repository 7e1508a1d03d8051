"""The trained reader: a question and passages → the words that may answer."""
