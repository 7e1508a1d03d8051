"""Hits → an answer made of quotes, with the one probability that it is right."""
