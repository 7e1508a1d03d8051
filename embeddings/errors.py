"""Errors of the vector layer."""


class EmbeddingsError(Exception):
    """Base of the vector layer's errors."""


class ModelNotFound(EmbeddingsError):
    """No such model here, and none could be fetched."""


class ModelDamaged(EmbeddingsError):
    """A file of the model is missing or is not what it should be."""


class IndexDamaged(EmbeddingsError):
    """An index on disk cannot be read; it is derived and can be rebuilt."""


class IndexBusy(EmbeddingsError):
    """Another process holds the lock of an index."""
