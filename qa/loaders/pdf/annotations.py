"""What is laid over a PDF's pages: the fields of forms, and comments."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from qa.loaders.base import one_line

_MAX_ANNOTATIONS = 20_000
"""Of one page; more are no comments."""
_PASSWORD = 1 << 13
"""The flag of a field that hides what is typed."""
_TICKED, _EMPTY = "☒", "☐"


class Field(NamedTuple):
    """A form's field as filled in: its name, and its text or a box."""

    name: str
    value: str


class Overlay(NamedTuple):
    """What lies over one page. ``marks`` are the annotations without words, by their names."""

    fields: tuple[Field, ...] = ()
    comments: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


NOTHING = Overlay()


def read_overlay(document: Any, page: Any) -> Overlay:
    """The fields and comments of a page, in the file's order; what is empty or hidden is left out."""
    import pypdfium2.raw as pdfium

    fields: dict[Field, None] = {}
    comments, marks = list[str](), list[str]()
    names = {
        pdfium.FPDF_ANNOT_HIGHLIGHT: "highlight",
        pdfium.FPDF_ANNOT_UNDERLINE: "underline",
        pdfium.FPDF_ANNOT_SQUIGGLY: "underline",
        pdfium.FPDF_ANNOT_STRIKEOUT: "strike-out",
        pdfium.FPDF_ANNOT_STAMP: "stamp",
        pdfium.FPDF_ANNOT_INK: "drawing",
        pdfium.FPDF_ANNOT_FILEATTACHMENT: "attached file",
    }
    silent = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)
    for annotation in _annotations(page):
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            field = None if document.formenv is None else _field(document.formenv.raw, annotation)
            if field is not None:
                fields[field] = None
        elif kind not in silent and not pdfium.FPDFAnnot_GetFlags(annotation) & pdfium.FPDF_ANNOT_FLAG_HIDDEN:
            words = _entry(annotation, b"Contents").strip()
            author = one_line(_entry(annotation, b"T"))
            if words:
                comments.append(f"{author}: {words}" if author else words)
            elif kind in names:
                marks.append(names[kind])
    return Overlay(tuple(fields), tuple(comments), tuple(marks))


def _annotations(page: Any) -> Iterator[Any]:
    import pypdfium2.raw as pdfium

    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MAX_ANNOTATIONS)):
        with _opened(pdfium, page.raw, index) as annotation:
            if annotation:
                yield annotation


@contextmanager
def _opened(pdfium: Any, page: Any, index: int) -> Iterator[Any]:
    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    try:
        yield annotation
    finally:
        if annotation:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _field(form: Any, annotation: Any) -> Field | None:
    """The field that a widget shows; None for buttons, signatures, and what is empty or secret."""
    import pypdfium2.raw as pdfium

    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _text(lambda *to: pdfium.FPDFAnnot_GetFormFieldAlternateName(form, annotation, *to))
    name = one_line(name or _text(lambda *to: pdfium.FPDFAnnot_GetFormFieldName(form, annotation, *to)))
    ticked = bool(pdfium.FPDFAnnot_IsChecked(form, annotation))
    if kind == pdfium.FPDF_FORMFIELD_CHECKBOX:
        return Field(name, _TICKED if ticked else _EMPTY)
    if kind == pdfium.FPDF_FORMFIELD_RADIOBUTTON:
        value = _text(lambda *to: pdfium.FPDFAnnot_GetFormFieldExportValue(form, annotation, *to)) if ticked else ""
    elif kind in (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        secret = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD
        value = "" if secret else _text(lambda *to: pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, *to))
    else:
        return None
    return Field(name, one_line(value)) if value.strip() else None


def _entry(annotation: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    return _text(lambda *to: pdfium.FPDFAnnot_GetStringValue(annotation, key, *to))


def _text(get: Callable[[Any, int], int]) -> str:
    """What a function of pdfium writes that is given a buffer and its length, and returns the length in bytes."""
    import pypdfium2.raw as pdfium

    length = get(None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    get(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")
