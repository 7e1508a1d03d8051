"""Picture files: PNG, JPEG, TIFF with its pages, WebP. Only this module opens them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from PIL import Image, ImageOps, UnidentifiedImageError

from qa.errors import FileTooHeavy, FileUnreadable
from qa.loaders.pdf.page_images import Run, Sheet

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
_MAX_PIXELS = 250_000_000
"""A larger picture, which may be a few bytes long, is refused: it takes 4 bytes a pixel before it is made smaller."""
_MAX_PAGES = 10_000
_DPI = range(50, 1201)
"""What a file may say about itself; others are taken for 150, as most pictures say nothing, or 1 or 72."""


def count_pages(data: bytes, name: str) -> int:
    """The number of pages: one, but for TIFF. Raises ``FileUnreadable`` when it is no picture, or damaged."""
    with _opened(data, name) as picture:
        pages = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
        if pages > _MAX_PAGES:
            raise FileTooHeavy(name, f"has {pages:,} pages; the limit is {_MAX_PAGES:,}")
        return pages


def page_size(data: bytes, name: str, page: int) -> tuple[float, float]:
    """Width and height in points of a page (0-based) as shown."""
    with _opened(data, name, page) as picture:
        return _points(picture)


def open_page(data: bytes, name: str, page: int, max_pixels: int) -> Image.Image:
    """A page (0-based) as shown, on white, in RGB, made smaller where it has more pixels.

    Raises ``FileUnreadable`` when it is damaged, ``FileTooHeavy`` when it is too large.
    """
    with _opened(data, name, page) as picture:
        shrink = (max_pixels / (picture.width * picture.height)) ** 0.5
        size = (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink)))
        if shrink < 1:
            picture.draft("RGB", size)  # a JPEG is unpacked to no more than that
        try:
            shown = _on_white(picture)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise FileUnreadable(name, f"page {page + 1} is damaged or cut off ({error})") from error
        if shrink < 1:
            shown.thumbnail(size, Image.Resampling.BOX if shrink < 0.5 else Image.Resampling.BICUBIC)
        return ImageOps.exif_transpose(shown)


def draw_page(data: bytes, name: str, page: int, width: int, max_pixels: int) -> bytes:
    """As ``qa.loaders.pdf.page_images.draw_page``."""
    picture = open_page(data, name, page, max_pixels)
    picture.thumbnail((width, max_pixels))
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=4)
    return png.getvalue()


def find_on_pages(data: bytes, name: str, pages: Mapping[int, Sequence[Run]]) -> dict[int, Sheet]:
    """As ``qa.loaders.pdf.page_images.find_on_pages``; there are no characters to find."""
    return {page: Sheet(*page_size(data, name, page)) for page in pages}


@contextmanager
def _opened(data: bytes, name: str, page: int = 0) -> Iterator[Image.Image]:
    """A page whose pixels are not unpacked yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a picture's metadata lacks, and its size, which is checked here
        Image.MAX_IMAGE_PIXELS = None
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if page:
                    picture.seek(page)
                if picture.width * picture.height > _MAX_PIXELS:
                    size = f"{picture.width:,} × {picture.height:,} pixels; the limit is {_MAX_PIXELS:,} in all"
                    raise FileTooHeavy(name, f"has {size}; make it smaller")
                yield picture
        except EOFError as error:
            raise FileUnreadable(name, f"has no page {page + 1}") from error
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            kinds = "PNG, JPEG, TIFF or WebP"
            raise FileUnreadable(name, f"is damaged, cut off, or no picture of the kinds {kinds}") from error


def _on_white(picture: Image.Image) -> Image.Image:
    """The pixels in RGB, with what ``exif_transpose`` needs."""
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        shown = Image.new("RGB", layers.size, "white")
        shown.paste(layers, mask=layers)
    elif picture.mode.startswith("I"):  # 16 bits of grey, which ``convert`` would cut at 255
        shown = picture.point(lambda value: value / 256).convert("RGB")
    else:
        shown = picture.convert("RGB")
    shown.info = {}
    shown.getexif().update(picture.getexif())
    return shown


def _points(picture: Image.Image) -> tuple[float, float]:
    across, down = picture.info.get("dpi") or (0, 0)
    scale = [72 / (round(float(dots)) if round(float(dots)) in _DPI else 150) for dots in (across, down)]
    size = picture.width * scale[0], picture.height * scale[1]
    return size[::-1] if picture.getexif().get(0x0112, 1) in (5, 6, 7, 8) else size
