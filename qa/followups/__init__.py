"""The parts of ``qa.conversation``: words, noun phrases, what was spoken of, and what a question leaves out."""
