"""The trained reader: a question and passages → the words that may answer. Knows no ranking."""

from qa.reader.reader import SHIPPED, Calibration, Reader, Reading, open_reader
from qa.reader.windows import AnswerSpan, ReaderInput

__all__ = ["SHIPPED", "AnswerSpan", "Calibration", "Reader", "ReaderInput", "Reading", "open_reader"]
