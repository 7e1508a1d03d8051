"""Office archives written by hand: the least that makes a file of each kind."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:r="{_OFFICE}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def zipped(members: Mapping[str, str]) -> bytes:
    """An archive of these files."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def relations(**targets: tuple[str, str]) -> str:
    """A relations part: id → (kind, target)."""
    inner = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_RELATIONS}">{inner}</Relationships>'


def shape(paragraphs: Sequence[str], placeholder: str = "", properties: str = "") -> str:
    """A slide's shape; each paragraph is the XML of its runs."""
    text = "".join(f"<a:p>{paragraph}</a:p>" for paragraph in paragraphs)
    kind = f'<p:ph type="{placeholder}"/>' if placeholder else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x" {properties}/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr></p:nvSpPr>'
        f"<p:txBody>{text}</p:txBody></p:sp>"
    )


def run(words: str) -> str:
    """One run of a slide's paragraph."""
    return f"<a:r><a:t>{words}</a:t></a:r>"


def pptx(slides: Sequence[str], *, hidden: Sequence[int] = (), extra: Mapping[str, str] | None = None) -> bytes:
    """Slides by the XML of their shapes; ``hidden``: indices of hidden ones."""
    ids = "".join(f'<p:sldId id="{256 + index}" r:id="s{index}"/>' for index in range(len(slides)))
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(r1=("officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {_SPACES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            **{f"s{index}": ("slide", f"slides/slide{index}.xml") for index in range(len(slides))}
        ),
    }
    for index, inner in enumerate(slides):
        show = ' show="0"' if index in hidden else ""
        tree = f"<p:cSld><p:spTree>{inner}</p:spTree></p:cSld>"
        members[f"ppt/slides/slide{index}.xml"] = f"<p:sld {_SPACES}{show}>{tree}</p:sld>"
    return zipped({**members, **(extra or {})})


def notes_slide(words: str) -> str:
    """A notes part with these words."""
    tree = f"<p:cSld><p:spTree>{shape([run(words)], 'body')}</p:spTree></p:cSld>"
    return f"<p:notes {_SPACES}>{tree}</p:notes>"


def xlsx(
    sheets: Mapping[str, str],
    *,
    hidden: Sequence[str] = (),
    formats: Sequence[str] = (),
    parts: Mapping[str, tuple[str, str]] | None = None,
    extra: Mapping[str, str] | None = None,
    properties: str = "",
) -> bytes:
    """Sheets by the XML inside their ``worksheet`` element; style 1 and the following have ``formats``. ``parts`` are
    what the first sheet refers to: path → (kind, content); ``properties`` attributes of the workbook's ``workbookPr``.
    """
    entries, links, members = "", {"styles": ("styles", "styles.xml")}, {}
    types = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    types += '<Default Extension="xml" ContentType="application/xml"/>'
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types += f'<Override PartName="/xl/workbook.xml" ContentType="{base}.sheet.main+xml"/>'
    for index, (name, inner) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        entries += f'<sheet name="{name}" sheetId="{index}"{state} r:id="s{index}"/>'
        links[f"s{index}"] = ("worksheet", f"worksheets/sheet{index}.xml")
        members[f"xl/worksheets/sheet{index}.xml"] = f'<worksheet xmlns="{_SHEET}">{inner}</worksheet>'
        types += f'<Override PartName="/xl/worksheets/sheet{index}.xml" ContentType="{base}.worksheet+xml"/>'
    workbook = f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><workbookPr {properties}/>'
    workbook += f"<sheets>{entries}</sheets></workbook>"
    if parts:
        members["xl/worksheets/_rels/sheet1.xml.rels"] = relations(
            **{f"p{index}": (kind, f"/{path}") for index, (path, (kind, _)) in enumerate(parts.items())}
        )
        members |= {path: content for path, (_, content) in parts.items()}
    if extra and "xl/sharedStrings.xml" in extra:
        links["strings"] = ("sharedStrings", "sharedStrings.xml")
    codes = "".join(f'<numFmt numFmtId="{164 + i}" formatCode={quoteattr(code)}/>' for i, code in enumerate(formats))
    styles = "".join(f'<xf numFmtId="{164 + index}"/>' for index in range(len(formats)))
    members["xl/styles.xml"] = (
        f'<styleSheet xmlns="{_SHEET}"><numFmts>{codes}</numFmts><cellXfs><xf numFmtId="0"/>{styles}</cellXfs>'
        "</styleSheet>"
    )
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}'
            "</Types>",
            "_rels/.rels": relations(r1=("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": workbook,
            "xl/_rels/workbook.xml.rels": relations(**links),
            **members,
            **(extra or {}),
        }
    )


def grid(text: str, *, merged: str = "", hidden_rows: Sequence[int] = (), hidden_columns: str = "") -> str:
    """A sheet's columns, rows and merged ranges. ``text``: lines of cells between ``|``, of which the empty are no
    cells; numbers are numbers, and ``3 ~2`` is 3 in style 2. ``hidden_columns``: their letters."""
    inner = ""
    for number, line in enumerate(text.strip("\n").split("\n"), 1):
        state = ' hidden="1"' if number in hidden_rows else ""
        cells = "".join(_cell(f"{chr(65 + at)}{number}", words.strip()) for at, words in enumerate(line.split("|")))
        inner += f'<row r="{number}"{state}>{cells}</row>'
    columns = "".join(f'<col min="{ord(c) - 64}" max="{ord(c) - 64}" hidden="1"/>' for c in hidden_columns)
    ranges = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged.split())
    return f"<cols>{columns}</cols><sheetData>{inner}</sheetData><mergeCells>{ranges}</mergeCells>"


def _cell(reference: str, words: str) -> str:
    value, _, style = words.partition(" ~")
    state = f' s="{style}"' if style else ""
    try:
        float(value)
    except ValueError:
        inline = f'<c r="{reference}"{state} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return inline if value else ""
    return f'<c r="{reference}"{state}><v>{value}</v></c>'


def rows(*table: Sequence[str], hidden: Sequence[int] = ()) -> str:
    """Sheet rows of text cells; ``hidden``: 1-based numbers of hidden rows."""
    inner = ""
    for number, cells in enumerate(table, 1):
        state = ' hidden="1"' if number in hidden else ""
        inner += f'<row r="{number}"{state}>'
        for column, cell in zip("ABCDEFGH", cells, strict=False):
            if cell:
                inner += f'<c r="{column}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        inner += "</row>"
    return f"<sheetData>{inner}</sheetData>"


def odf(kind: str, body: str, styles: str = "", extra: Mapping[str, str] | None = None) -> bytes:
    """An OpenDocument file: ``kind`` is text, spreadsheet or presentation."""
    names = {name: f"{_ODF}:{name}:1.0" for name in ("office", "text", "table", "style", "presentation")}
    names["draw"] = f"{_ODF}:drawing:1.0"
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in names.items())
    content = f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:{kind}>{body}"
    content += f"</office:{kind}></office:body>"
    mime = f"application/vnd.oasis.opendocument.{kind}"
    manifest = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    return zipped(
        {
            "mimetype": mime,
            "content.xml": f"<office:document-content {spaces}>{content}</office:document-content>",
            "META-INF/manifest.xml": f'<manifest:manifest {manifest}><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{mime}"/></manifest:manifest>',
            **(extra or {}),
        }
    )
