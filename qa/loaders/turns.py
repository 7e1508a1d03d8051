"""The turns of a conversation: which blocks are whose, and whom they answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from qa.loaders.base import LoadedText, TextBuilder


@dataclass(slots=True)
class Turn:
    """The blocks from ``first`` up to ``last`` that one person says at one time."""

    first: int
    last: int
    speaker: str
    time: str = ""
    answers: int | None = None
    """Index of the first block of the turn that it answers."""


@dataclass(slots=True)
class Turns:
    """Gathers the turns of a text while it is built; they may be of one conversation after another."""

    builder: TextBuilder
    _turns: list[Turn] = field(default_factory=list)
    _begun: int = 0

    def begin(self) -> None:
        """A new conversation begins: its first turn answers nobody."""
        self._begun = len(self._turns)

    @contextmanager
    def turn(self, speaker: str, time: str = "", answers: int | None = None) -> Iterator[Turn]:
        """What is added to the builder inside is one turn; without ``answers`` it answers the last turn of another
        speaker in the same conversation."""
        if answers is None:
            answers = self._answered(speaker)
        turn = Turn(self.builder.next_index, 0, speaker, time, answers)
        yield turn
        turn.last = self.builder.next_index
        if turn.last > turn.first:
            self._turns.append(turn)

    def _answered(self, speaker: str) -> int | None:
        """A turn right after one of the same speaker answers what that one answers."""
        if len(self._turns) == self._begun:
            return None
        before = self._turns[-1]
        return before.answers if before.speaker == speaker else before.first

    def apply(self, loaded: LoadedText) -> LoadedText:
        """``loaded``, whose blocks know their turns."""
        return with_turns(loaded, self._turns)


def with_turns(loaded: LoadedText, turns: Sequence[Turn]) -> LoadedText:
    """``loaded``, whose blocks know their turns."""
    blocks = list(loaded.blocks)
    for turn in turns:
        for index in range(turn.first, turn.last):
            blocks[index] = replace(blocks[index], speaker=turn.speaker, time=turn.time, answers=turn.answers)
    return replace(loaded, blocks=tuple(blocks))
