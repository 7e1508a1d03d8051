"""The parts of ``qa.conversation.rewrite``: words, noun phrases, what was spoken of, and what a question leaves out."""
