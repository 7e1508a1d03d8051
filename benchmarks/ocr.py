"""How many characters OCR gets wrong, and how long a page takes: RapidOCR against Tesseract, on scans of known text.

Pages are drawn with Pillow: clean at 300 and 150 dots an inch, and turned by 1.5 degrees, blurred and noisy. Tesseract
is measured where its program is on the path, with the language's own model; Chinese where a font is named.

    python -m benchmarks.ocr [--chinese-font PATH] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from qa.loaders.ocr import engine

TEXTS = {
    "eng": """The pump P-101 delivers 45.5 m³/h at 3.2 bar; the relief valve opens at 4.0 bar.
Either party may terminate this agreement with three months' notice to the end of a quarter.
Invoice 2026-0417 of 4 March 2026: 12 bearings, type 6205-2RS, at € 8.35 each, total € 100.20.
Before opening the cover, switch off the machine, pull the plug and wait for ten minutes.
The supplier shall be liable for damage caused by gross negligence (§ 6.2), and for nothing else.
Minutes: Ms Okafor reports that the order of 1,250 units was delivered on 28 February.
Keep refrigerated at 2–8 °C. Do not freeze. Shelf life after opening: 14 days.
Questions? Write to service@example.com or call +44 20 7946 0018 between 9:00 and 17:30.
Net weight 18.7 kg; dimensions 640 × 420 × 315 mm; protection class IP54; colour RAL 7035.
“What is lost in reading,” she said, “no answer can find.” That is why we read twice.
The warranty covers parts and labour for 24 months from the date of purchase shown on the receipt.
Article 12(3): The lessee bears the cost of minor repairs up to 75.00 per case and 300.00 a year.""",
    "deu": """Die Pumpe P-101 fördert 45,5 m³/h bei 3,2 bar; das Überdruckventil öffnet bei 4,0 bar.
Jede Partei kann diesen Vertrag mit einer Frist von drei Monaten zum Quartalsende kündigen.
Rechnung 2026-0417 vom 4. März 2026: 12 Kugellager, Typ 6205-2RS, je 8,35 €, gesamt 100,20 €.
Vor dem Öffnen der Haube Gerät ausschalten, Netzstecker ziehen und zehn Minuten warten.
Für Schäden durch grobe Fahrlässigkeit haftet der Lieferant (§ 6.2), im Übrigen nicht.
Protokoll: Frau Jäger berichtet, dass die Bestellung über 1.250 Stück am 28. Februar einging.
Gekühlt bei 2–8 °C lagern. Nicht einfrieren. Nach dem Öffnen 14 Tage haltbar.
Fragen? Schreiben Sie an service@example.com oder rufen Sie 030 5557 0018 an, 9:00 bis 17:30 Uhr.
Gewicht 18,7 kg; Maße 640 × 420 × 315 mm; Schutzart IP54; Farbe RAL 7035, größere auf Anfrage.
„Was beim Lesen verloren geht“, sagte sie, „findet keine Antwort.“ Darum lesen wir zweimal.
Die Gewährleistung beträgt 24 Monate ab dem Kaufdatum, das auf dem Beleg ausgewiesen ist.
Kleinreparaturen trägt der Mieter bis 75,00 € je Fall und höchstens 300,00 € jährlich (Straße, Fußweg).""",
    "chi_sim": """水泵P-101在3.2巴压力下每小时输送45.5立方米,安全阀在4.0巴时打开。
任何一方均可提前三个月书面通知另一方,于季度末终止本协议。
二〇二六年三月四日发票:轴承十二件,型号6205-2RS,单价8.35元,合计100.20元。
打开机盖之前,请先关闭机器电源,拔下插头,并等待十分钟。
供应商仅对因重大过失造成的损失承担责任,其他情况概不负责。
会议纪要:王女士报告,一千二百五十件订单已于二月二十八日到货。
请在二至八摄氏度冷藏保存,切勿冷冻,开封后保质期为十四天。
如有问题,请在上午九点至下午五点半之间致电客户服务中心。
净重18.7千克,外形尺寸640×420×315毫米,防护等级IP54。
保修期为自收据所示购买之日起二十四个月,包括零件和人工费用。""",
}
DEJAVU = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
Read = Callable[[Image.Image], str]


def scan(text: str, font: str, dpi: int, spoilt: bool) -> Image.Image:
    """A page of A4 with the text in 10 points."""
    width, height = round(8.27 * dpi), round(11.69 * dpi)
    page = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(page)
    letters = ImageFont.truetype(font, round(10 / 72 * dpi))
    for number, line in enumerate(text.splitlines()):
        draw.text((0.7 * dpi, (1 + 0.3 * number) * dpi), line, fill=20, font=letters)
    if not spoilt:
        return page
    page = page.rotate(1.5, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(dpi / 300))
    pixels = np.asarray(page, dtype=np.float32) * 0.85 + 25
    noise = np.random.default_rng(0).normal(0, 12, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def edits(found: str, right: str) -> int:
    """Levenshtein's distance."""
    row = np.arange(len(right) + 1)
    codes, places = np.array([ord(char) for char in right]), np.arange(len(right) + 1)
    for number, char in enumerate(found, 1):
        best = np.minimum(row[:-1] + (codes != ord(char)), row[1:] + 1)
        row = np.minimum.accumulate(np.concatenate(([number], best)) - places) + places
    return int(row[-1])


def error_rate(found: str, right: str, language: str) -> float:
    """Edits per character; white space counts as one space, in Chinese as none."""
    space = "" if language.startswith("chi") else " "
    found, right = (space.join(text.split()) for text in (found, right))
    return edits(found, right) / len(right)


def rapidocr(page: Image.Image) -> str:
    """RapidOCR as the program uses it."""
    shrink = min(1.0, (engine.MAX_PIXELS / (page.width * page.height)) ** 0.5)
    page = page.resize((round(page.width * shrink), round(page.height * shrink)), Image.Resampling.BICUBIC)
    return "\n".join(line.text for line in engine.read_page(np.asarray(page), (595, 842)).lines)


def tesseract(language: str) -> Read:
    """Tesseract's program, as a person would call it."""

    def read(page: Image.Image) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.png"
            page.save(path, dpi=(page.width / 8.27,) * 2)
            command = ["tesseract", str(path), "-", "-l", language]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return read


def processor_seconds() -> float:
    """Of this process and those that it has started."""
    return sum(os.times()[:4])


def engines(language: str) -> Iterator[tuple[str, Read]]:
    """Those that this machine has."""
    yield "rapidocr", rapidocr
    if shutil.which("tesseract"):
        yield "tesseract", tesseract(language)


def main() -> None:
    """Measure, and print one line a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chinese-font")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    figures = []
    print(
        f"{'engine':<10} {'language':<8} {'dpi':>4} {'page':<7} {'characters wrong':>16} {'seconds':>8} {'of CPU':>7}"
    )
    for language, text in TEXTS.items():
        font = options.chinese_font if language == "chi_sim" else DEJAVU
        if font is None:
            continue
        for name, read in engines(language):
            read(scan("warm", DEJAVU, 100, False))
            for dpi in (300, 150):
                for spoilt in (False, True):
                    page = scan(text, font, dpi, spoilt)
                    begun, worked = time.perf_counter(), processor_seconds()
                    found = read(page)
                    seconds, worked = time.perf_counter() - begun, processor_seconds() - worked
                    wrong = error_rate(found, text, language)
                    kind = "spoilt" if spoilt else "clean"
                    print(
                        f"{name:<10} {language:<8} {dpi:>4} {kind:<7} {wrong:>16.2%} {seconds:>8.2f} {worked:>7.2f}",
                        flush=True,
                    )
                    figures.append([name, language, dpi, kind, round(wrong, 5), round(seconds, 2), round(worked, 2)])
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
