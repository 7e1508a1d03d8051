"""Errors of the vector layer."""

import os


class EmbeddingsError(Exception):
    """Base of the vector layer's errors."""


class ModelNotFound(EmbeddingsError):
    """No such model here, and none could be fetched."""


class ModelDamaged(EmbeddingsError):
    """A file of the model is missing or is not what it should be."""


class ForkedProcess(EmbeddingsError):
    """This process was forked from one that has used an index: OpenMP would wait for its threads for ever."""


class IndexDamaged(EmbeddingsError):
    """An index on disk cannot be read; it is derived and can be rebuilt."""


class IndexBusy(EmbeddingsError):
    """Another process has locked an index on disk."""


_processes: set[int] = set()


def check_not_forked() -> None:
    """Raise ``ForkedProcess`` in a process that was forked from one that has called this."""
    _processes.add(os.getpid())
    if len(_processes) > 1:
        raise ForkedProcess(
            "this process was forked from one that has searched or added, whose threads it does not have. Start it "
            "by 'spawn' or 'forkserver' (multiprocessing.get_context), or fork before the first search or change."
        )
