"""Opens Office files, which are zip archives of XML, with care; nothing else imports lxml."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any, Literal

from qa.errors import FileEncrypted, FileTooHeavy, FileUnreadable
from qa.loaders.base import one_line, split_tags, without_empty
from qa.types import MetadataValue

PASSWORD_NEEDED = "needs a password; save a copy without one and add that"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_UNPACKED_BYTES = 1 << 30
"""Archives that unpack to more are refused; the largest real one measured had 60 MB."""
_CORE = "docProps/core.xml"
_MANIFEST = "META-INF/manifest.xml"
_TYPES = "[Content_Types].xml"


def is_ole(data: bytes) -> bool:
    """True for an OLE container: an Office file from before 2007, or an encrypted newer one."""
    return data.startswith(_OLE)


def refuse_encrypted(data: bytes, name: str) -> None:
    """Raise ``FileEncrypted`` for a newer Office file with a password."""
    if is_ole(data) and "EncryptedPackage".encode("utf-16-le") in data:
        raise FileEncrypted(name, PASSWORD_NEEDED)


def refuse_protected(archive: Package, name: str) -> None:
    """Raise ``FileEncrypted`` for an OpenDocument file with a password, and for a book that other programs may not
    read."""
    if "META-INF/rights.xml" in archive:
        raise FileEncrypted(name, "is protected against reading by other programs (DRM)")
    if _MANIFEST in archive and b"encryption-data" in archive.read(_MANIFEST):
        raise FileEncrypted(name, PASSWORD_NEEDED)


class Package(zipfile.ZipFile):
    """An archive whose parts are found by their names as OPC compares them: upper and lower case, slashes and
    backslashes are the same."""

    def __init__(self, file: IO[bytes], mode: Literal["r"] = "r") -> None:
        super().__init__(file, mode)
        self._parts = {_folded(member.filename): member for member in self.infolist()}

    def getinfo(self, name: str) -> zipfile.ZipInfo:
        """The member of this name. Raises ``KeyError`` when there is none."""
        return self._parts[_folded(name)]

    def __contains__(self, name: str) -> bool:
        return _folded(name) in self._parts


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


@contextmanager
def refusing_damage(name: str, otherwise: str) -> Iterator[None]:
    """What damaged or missing parts raise becomes ``FileUnreadable``: “is damaged, or ``otherwise``”."""
    try:
        yield
    except (KeyError, SyntaxError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FileUnreadable(name, f"is damaged, or {otherwise} ({one_line(str(error))})") from error


def open_archive(data: bytes, name: str) -> Package:
    """Open the archive. Raises ``FileUnreadable`` when it is not one, ``FileTooHeavy`` when it unpacks to too much."""
    try:
        archive = Package(BytesIO(data))
        unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError) as error:
        raise FileUnreadable(name, f"is damaged or cut off ({error})") from error
    if unpacked > _MAX_UNPACKED_BYTES:
        raise FileTooHeavy(name, f"unpacks to {unpacked:,} bytes; the limit is {_MAX_UNPACKED_BYTES:,}")
    return archive


def parse(content: bytes) -> Any:
    """The root element; entities are not expanded, nothing is fetched. Raises ``SyntaxError`` if it is not XML."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(content, parser)


def stream(archive: Package, part: str, *names: str) -> Iterator[Any]:
    """The elements of a part with these local names, one by one as they end, each emptied after its use; with the care
    of ``parse``."""
    from lxml import etree

    tags = [f"{{*}}{name}" for name in names]
    with archive.open(part) as file:
        for _, element in etree.iterparse(file, tag=tags, resolve_entities=False, no_network=True, load_dtd=False):
            yield element
            element.clear()
            parent = element.getparent()
            while element.getprevious() is not None:
                del parent[0]


def serialised(root: Any) -> bytes:
    """An element tree as a file."""
    from lxml import etree

    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return content


def relations(archive: Package, part: str) -> dict[str, tuple[str, str]]:
    """What ``part`` refers to inside the archive: relation id → (last word of its type, path)."""
    folder, path = posixpath.dirname(part), _relations_part(part)
    if path not in archive:
        return {}
    found = {}
    for relation in parse(archive.read(path)):
        if relation.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
            kind = relation.get("Type", "").rpartition("/")[2]
            found[relation.get("Id", "")] = (kind, target.lstrip("/"))
    return found


def _relations_part(part: str) -> str:
    folder, file = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def well_named(archive: Package, data: bytes) -> bytes:
    """``data``, with its parts named as they refer to each other where they are not: for libraries that compare names
    letter by letter."""
    names = archive.namelist()
    if _TYPES in names and not any("\\" in name for name in names):
        return data
    target, todo, done = BytesIO(), [_TYPES, ""], set[str]()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        while todo:
            part = todo.pop()
            for name in (part, _relations_part(part)):
                if name in archive and name not in done:
                    copy.writestr(name, archive.read(name))
                    done.add(name)
            todo += [path for _, path in relations(archive, part).values() if path in archive and path not in done]
    return target.getvalue()


def core_properties(archive: Package) -> tuple[dict[str, MetadataValue], str | None]:
    """Metadata and title that an Office file gives itself."""
    if _CORE not in archive:
        return {}, None
    values: dict[str, str] = defaultdict(str)
    for element in parse(archive.read(_CORE)):
        if isinstance(element.tag, str):
            values[element.tag.rpartition("}")[2]] = one_line("".join(element.itertext()))
    metadata = without_empty(
        {
            "author": values["creator"],
            **{key: values[key] for key in ("subject", "category", "language")},
            "tags": split_tags(values["keywords"]),
            "date": values["created"][:10],
            "modified": values["modified"][:10],
        }
    )
    return metadata, values["title"] or None
