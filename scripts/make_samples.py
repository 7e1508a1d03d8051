"""Make the samples in binary formats again: ``python scripts/make_samples.py``.

Needs ``pip install reportlab==5.1.0 python-docx==1.2.0 python-pptx==1.0.2 XlsxWriter==3.3.1``, here only: the program
itself does not use reportlab, python-pptx and XlsxWriter. The same text gives the same bytes: dates are fixed.
"""

from __future__ import annotations

import datetime
import os
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pptx
import xlsxwriter
from reportlab.lib import pagesizes, styles, units
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table

FOLDER = Path(__file__).parent.parent / "qa" / "samples" / "docs"
DATE = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
AUTHOR = "The Verbatim authors"

# A line is a heading ("# ", "## "), a list item ("- "), a table row ("| ", cells between bars, the first row being the
# header) or a paragraph.
METRIC_SYSTEM = """\
# A short history of the metric system
Before the French Revolution, France alone is said to have used several hundred thousand different units under some eight hundred names. A pound in Paris was not a pound in Marseille, and an ell for linen was not an ell for silk. Merchants, tax collectors and scholars all suffered from it, and the books of grievances that were written for the king in 1789 asked again and again for "one king, one law, one weight and one measure".
## The idea
The decimal system of measures is older than the Revolution. Gabriel Mouton, a priest in Lyon, proposed in 1670 a unit of length taken from the size of the Earth and divided by ten. In 1790 Talleyrand, then bishop of Autun, brought the matter before the National Assembly. Two proposals stood against each other: the length of a pendulum that beats seconds, and a part of the Earth's meridian.
In March 1791 the Assembly chose the meridian. The metre was to be one ten-millionth of the distance from the North Pole to the equator. Condorcet wrote that the new measures were "for all people, for all time".
## The survey
From 1792 to 1798 Jean-Baptiste Delambre and Pierre Méchain measured the meridian between Dunkirk and Barcelona by triangles. Delambre took the northern part, Méchain the southern. They were arrested as spies more than once, because they set up signals on church towers in the middle of a war. Méchain found a disagreement in his latitudes of Barcelona, kept it secret, and was tormented by it to the end of his life.
The law of 18 Germinal of the year III, that is 7 April 1795, gave the units their names: metre, are, stere, litre, gram. It also fixed the prefixes: Greek for multiples, Latin for parts. On 22 June 1799 a metre and a kilogram of platinum were deposited in the Archives of the Republic. We know today that this metre is about 0.2 millimetres shorter than it was meant to be, because the flattening of the Earth was not known well enough.
## Resistance and return
The French did not like the new measures. In 1812 Napoleon allowed the *mesures usuelles*, with the old names: a pound of 500 grams, a toise of two metres. A law of 4 July 1837 put an end to this, and from 1 January 1840 the metric system was compulsory in France.
Others had been quicker. The Netherlands introduced it in 1820, under King William I. Spain decided for it in 1849, Italy took it over at its unification in 1861, and the German Empire in 1872. The United States made its use legal in 1866, but not compulsory.
## The Metre Convention
On 20 May 1875 seventeen states signed the Metre Convention in Paris. It founded the International Bureau of Weights and Measures, in short BIPM, which has its seat in the Pavillon de Breteuil at Sèvres. 20 May is World Metrology Day for that reason.
The first General Conference on Weights and Measures adopted new prototypes in 1889: a metre and a kilogram made of 90 % platinum and 10 % iridium. The kilogram was a cylinder 39 millimetres high and 39 millimetres wide, kept under three glass bells. It remained the unit of mass for 130 years.
## The International System
In 1960 the eleventh General Conference gave the system its present name, the International System of Units, or SI. The metre was no longer a bar of metal but 1 650 763.73 wavelengths of an orange line of krypton-86. In 1967 the second became 9 192 631 770 periods of a radiation of caesium-133. In 1971 the mole was added as the seventh base unit. Since 1983 a metre is the distance that light travels in a vacuum in 1/299 792 458 of a second.
On 16 November 2018 the twenty-sixth General Conference, meeting at Versailles, decided to define all units by constants of nature. The decision came into force on 20 May 2019. The cylinder at Sèvres lost its office: the kilogram now follows from the Planck constant.
## The constants
Seven constants have fixed values since then, and the seven base units follow from them.
| Base unit | Quantity | Constant it is defined by | Fixed value
| second | time | caesium frequency | 9 192 631 770 Hz
| metre | length | speed of light | 299 792 458 m/s
| kilogram | mass | Planck constant | 6.62607015E-34 J s
| ampere | electric current | elementary charge | 1.602176634E-19 C
| kelvin | temperature | Boltzmann constant | 1.380649E-23 J/K
| mole | amount of substance | Avogadro constant | 6.02214076E23 per mole
| candela | luminous intensity | luminous efficacy at 540 THz | 683 lm/W
## New prefixes
In November 2022 the twenty-seventh General Conference added four prefixes, the first since 1991. The Earth weighs about six ronnagrams, and an electron about one rontogram.
| Prefix | Sign | Factor
| quetta | Q | 10 to the power of 30
| ronna | R | 10 to the power of 27
| ronto | r | 10 to the power of -27
| quecto | q | 10 to the power of -30
## When units are mixed up
On 23 July 1983 a Boeing 767 of Air Canada ran out of fuel in the air, because the fuel had been reckoned in pounds for kilograms. Captain Robert Pearson glided it down to a former air base at Gimli in Manitoba; all 69 people aboard survived. The aeroplane has been called the Gimli Glider ever since.
On 23 September 1999 NASA lost the Mars Climate Orbiter. One program gave the impulse of the thrusters in pound-force seconds, another one took it for newton seconds. The probe came within about 57 kilometres of the surface instead of the planned 226.
## Inch and pound
The inch and the pound, too, are metric today. Since 1 July 1959, by an agreement of the United States, the United Kingdom, Canada, Australia, New Zealand and South Africa, a yard is exactly 0.9144 metres, an inch therefore exactly 25.4 millimetres, and a pound exactly 0.45359237 kilograms.
"""

FIRST_AID = """\
# First aid: the numbers to remember
This sheet collects the numbers of the European guidelines for resuscitation and first aid. It does not replace a course. In an emergency call for help first: the operator tells you what to do.
## Emergency numbers
| Country or region | Ambulance
| European Union | 112
| United Kingdom | 999 or 112
| United States and Canada | 911
| Australia | 000
| New Zealand | 111
| Japan | 119
| Switzerland | 144
| India | 112
Say where you are, what happened, how many people are hurt and how. Do not hang up before the operator says so.
## A person does not react
- Shake the shoulders and ask loudly: "Are you all right?"
- Tilt the head back and lift the chin. Look, listen and feel for normal breathing for no more than 10 seconds.
- Breathing normally: put the person into the recovery position and check the breathing again and again.
- Not breathing, or only gasping: call for help, send someone for a defibrillator, begin chest compressions.
## Chest compressions
Put the heel of one hand on the middle of the chest, the other hand on top, arms straight. Let the chest come up fully after each push. Change with another helper every 2 minutes, because pushing well is exhausting.
| Quantity | Adult | Child from 1 year | Infant under 1 year
| Rescue breaths before anything else | none | 5 | 5
| Compressions a minute | 100 to 120 | 100 to 120 | 100 to 120
| Depth | 5 to 6 cm | a third of the chest, about 5 cm | a third of the chest, about 4 cm
| Hands | two hands | one or two hands | two fingers or two thumbs
| Compressions to breaths | 30 to 2 | 15 to 2 | 15 to 2
Whoever has not learnt the rhythm for children uses 30 to 2 for them as well. Whoever cannot or does not want to give breaths pushes without a pause. Interrupt the compressions for two breaths for no longer than 10 seconds.
## Defibrillator
Switch it on and follow its voice. One pad belongs below the right collarbone, the other one on the left side below the armpit. Nobody touches the person while it analyses and while it gives the shock. Go on with the compressions at once afterwards. Each minute without help lowers the chance of surviving by about 10 %.
## Choking
- The person can cough: let them cough.
- The person cannot cough: up to 5 blows between the shoulder blades, with the heel of the hand, bent forward.
- Still choking: up to 5 abdominal thrusts, from behind, fist between navel and breastbone. For infants under 1 year, 5 chest thrusts instead.
- Go on in turns. If the person loses consciousness, begin with chest compressions.
## Burns
Cool the burn with cool running water for 20 minutes, as soon as possible. Take off rings and clothes, unless they stick to the skin. Cover it loosely with a clean cloth or film. No ice, no butter, no toothpaste. Burns larger than the person's hand, and burns of the face, hands or joints, belong to a doctor.
## Bleeding
Press directly on the wound with a cloth and keep pressing. If blood still comes through a limb wound, put a tourniquet above the wound, never on a joint, and write down the time.
For a nosebleed sit up, lean forward and pinch the soft part of the nose for 10 minutes. Do not put the head back.
## Illnesses
Stroke is recognised by the FAST test: Face hangs on one side, Arm sinks, Speech is slurred, Time to call. Note when the signs began.
In a severe allergic reaction use the person's adrenaline auto-injector in the outer thigh. If there is no improvement after 5 minutes, a second dose may be given.
With low blood sugar, a person who is awake and can swallow takes 15 to 20 grams of glucose, and again after 15 minutes if it has not helped.
Hypothermia begins when the body is colder than 35 °C; below 28 °C it is severe. Heat stroke begins at about 40 °C: cool the whole body with water at once.
"""

TYRES = """\
# Bicycle tyres: sizes and pressure
## What the numbers mean
A tyre marked 37-622 is 37 mm wide and fits a rim whose bead seat is 622 mm across. This marking follows ISO 5775, formerly ETRTO.
- The older names are not unique: "26 inch" has been used for at least five different rims.
- On new bicycles 28 inch, 700C and 29 inch all mean 622 mm.
- Only the ISO number says for certain whether a tyre fits.
## Common rims
| Bead seat | Usual name | Found on
| 622 mm | 700C, 28 inch, 29 inch | road, city and mountain bicycles
| 584 mm | 650B, 27.5 inch | mountain and gravel bicycles
| 559 mm | 26 inch | mountain bicycles until about 2012
| 406 mm | 20 inch | BMX, folding and cargo bicycles
| 349 mm | 16 inch | Brompton folding bicycles
## Pressure to begin with
Never go above the highest or below the lowest pressure printed on the sidewall of the tyre. These values are for a rider of about 75 kg; take some 10 % more for 85 kg.
| Width | Use | Pressure
| 25 mm | road | 5.5 to 6.5 bar
| 28 mm | road | 4.5 to 5.5 bar
| 35 mm | touring | 3.5 to 4.5 bar
| 40 mm | gravel | 2.5 to 3.5 bar
| 47 mm | city | 2.5 to 3.5 bar
| 57 mm | mountain, with tube | 1.8 to 2.3 bar
## Converting
1 bar is 14.5 psi, and 100 kilopascals.
- 30 psi is 2.1 bar
- 60 psi is 4.1 bar
- 100 psi is 6.9 bar
## Valves
| Valve | Hole in the rim | Remark
| Presta (Sclaverand) | 6.5 mm | slim; unscrew the small nut before pumping
| Schrader | 8.5 mm | the same as on cars
| Dunlop (Woods) | 8.5 mm | common in the Netherlands and in Asia
An adapter lets a Schrader pump fill a Presta valve.
## Rims without hooks
On rims without hooks only tyres approved for them may be used, and the pressure must not be above 5 bar (72.5 psi).
## Looking after them
- Tubes lose air through the rubber: check the pressure every two to four weeks, narrow tyres every week.
- Sealant in tubeless tyres dries out and is renewed every three to six months.
- A tyre is worn out when the casing shows through or the sidewall cracks.
## A little history
Robert William Thomson patented the pneumatic tyre in 1845 (France) and 1846 (United Kingdom), before there were bicycles to use it. John Boyd Dunlop, a veterinary surgeon in Belfast, invented it again for his son's tricycle and patented it in 1888. The Michelin brothers made a tyre in 1891 that could be taken off without glue.
"""

PLANETS = """\
| Planet | Diameter at the equator (km) | Mass (10^24 kg) | Mean distance from the Sun (million km) | Year (days) | Day, noon to noon (hours) | Gravity (m/s²) | Mean temperature (°C)
| Mercury | 4879 | 0.330 | 57.9 | 88.0 | 4222.6 | 3.7 | 167
| Venus | 12104 | 4.87 | 108.2 | 224.7 | 2802.0 | 8.9 | 464
| Earth | 12756 | 5.97 | 149.6 | 365.2 | 24.0 | 9.8 | 15
| Mars | 6792 | 0.642 | 228.0 | 687.0 | 24.7 | 3.7 | -65
| Jupiter | 142984 | 1898 | 778.5 | 4331 | 9.9 | 23.1 | -110
| Saturn | 120536 | 568 | 1432.0 | 10747 | 10.7 | 9.0 | -140
| Uranus | 51118 | 86.8 | 2867.0 | 30589 | 17.2 | 8.7 | -195
| Neptune | 49528 | 102 | 4515.0 | 59800 | 16.1 | 11.0 | -200
"""

DWARF_PLANETS = """\
| Dwarf planet | Discovered by | Discovered in | Where it is
| Ceres | Giuseppe Piazzi | 1801 | asteroid belt between Mars and Jupiter
| Pluto | Clyde Tombaugh | 1930 | Kuiper belt
| Haumea | two teams claim it | 2004 | Kuiper belt
| Makemake | Mike Brown, Chad Trujillo, David Rabinowitz | 2005 | Kuiper belt
| Eris | Mike Brown, Chad Trujillo, David Rabinowitz | 2005 | scattered disc
"""

PLANET_VISITS = """\
| Planet | First probe to fly past | Year | First probe in orbit | Year in orbit | Remarks
| Mercury | Mariner 10 | 1974 | MESSENGER | 2011 | has no moon
| Venus | Mariner 2 | 1962 | Venera 9 | 1975 | turns the other way round; the hottest planet; has no moon
| Mars | Mariner 4 | 1965 | Mariner 9 | 1971 | two moons, Phobos and Deimos; Olympus Mons is about 22 km high
| Jupiter | Pioneer 10 | 1973 | Galileo | 1995 | Galileo Galilei saw its four largest moons in January 1610
| Saturn | Pioneer 11 | 1979 | Cassini | 2004 | the probe Huygens landed on the moon Titan on 14 January 2005
| Uranus | Voyager 2 | 1986 | none so far | | discovered by William Herschel on 13 March 1781; its axis lies almost in its orbit
| Neptune | Voyager 2 | 1989 | none so far | | found by Johann Galle in Berlin on 23 September 1846 where Urbain Le Verrier had reckoned it to be
"""


def rows(text: str) -> list[list[str]]:
    """The cells of a table, header first."""
    return [[cell.strip() for cell in line[1:].split("|")] for line in text.splitlines()]


def parts(text: str) -> list[tuple[str, str]]:
    """``(kind, content)`` of each line; the lines of one table together."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        kind, _, content = line.partition(" ")
        if kind == "|" and found and found[-1][0] == "|":
            found[-1] = ("|", f"{found[-1][1]}\n{line}")
        elif kind == "|":
            found.append(("|", line))
        else:
            found.append((kind, content) if kind in {"#", "##", "-"} else ("", line))
    return found


def make_pdf(path: Path, text: str) -> None:
    """Pages with a running head and page numbers."""
    sheet, items = styles.getSampleStyleSheet(), parts(text)
    sheet["BodyText"].fontSize, sheet["BodyText"].leading = 11.5, 15.5
    title = items[0][1]

    def furniture(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.setFont("Helvetica", 9)
        canvas.drawString(25 * units.mm, 280 * units.mm, title)
        canvas.drawCentredString(105 * units.mm, 15 * units.mm, f"Page {document.page}")

    kinds = {"#": "Title", "##": "Heading2", "": "BodyText"}
    story = []
    for kind, content in items:
        if kind == "|":
            cells = [[Paragraph(cell, sheet["BodyText"]) for cell in row] for row in rows(content)]
            grid = [("GRID", (0, 0), (-1, -1), 0.5, "grey"), ("VALIGN", (0, 0), (-1, -1), "TOP")]
            story.append(Table(cells, repeatRows=1, style=grid))
        else:
            story.append(Paragraph(content.replace("*", ""), sheet[kinds[kind]]))
    os.environ["SOURCE_DATE_EPOCH"] = str(int(DATE.timestamp()))
    document = BaseDocTemplate(str(path), pagesize=pagesizes.A4, title=title, author=AUTHOR, invariant=1)
    frame = Frame(25 * units.mm, 25 * units.mm, 160 * units.mm, 245 * units.mm)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=furniture))
    document.build(story)


def make_docx(path: Path, text: str) -> None:
    """Headings, lists and tables in Word's own styles."""
    document = docx.Document()
    for kind, content in parts(text):
        if kind == "|":
            fill_table(document.add_table(len(rows(content)), len(rows(content)[0]), style="Table Grid"), content)
        elif kind in {"#", "##"}:
            document.add_heading(content, level=len(kind))
        else:
            document.add_paragraph(content, style="List Bullet" if kind == "-" else None)
    save_office(document, path, parts(text)[0][1])


def make_pptx(path: Path, text: str) -> None:
    """A slide for each section."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    for kind, content in parts(text):
        if kind in {"#", "##"}:
            slide = slide if kind == "#" else deck.slides.add_slide(deck.slide_layouts[1])
            slide.shapes.title.text = content
            if kind == "#":
                slide.placeholders[1].text = "What to know before buying, and before pumping"
        elif kind == "|":
            place = [pptx.util.Cm(value) for value in (1.5, 9.5, 22, 7)]
            fill_table(slide.shapes.add_table(len(rows(content)), len(rows(content)[0]), *place).table, content)
        else:
            frame = slide.placeholders[1].text_frame
            (frame.add_paragraph() if frame.text else frame.paragraphs[0]).text = content
    save_office(deck, path, parts(text)[0][1])


def fill_table(table: docx.table.Table, text: str) -> None:
    """Put the cells in; python-docx and python-pptx name them alike."""
    for y, row in enumerate(rows(text)):
        for x, cell in enumerate(row):
            table.cell(y, x).text = cell


def save_office(file: docx.document.Document, path: Path, title: str) -> None:
    """Save with fixed dates, also those inside the ZIP archive."""
    properties = file.core_properties
    properties.title, properties.author, properties.comments = title, AUTHOR, ""
    properties.created = properties.modified = DATE
    properties.last_modified_by, properties.revision = AUTHOR, 1
    file.save(raw := BytesIO())
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)


def make_xlsx(path: Path, sheets: dict[str, str]) -> None:
    """Sheets of one table each, numbers as numbers."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": "The planets", "author": AUTHOR, "created": DATE})
        for name, text in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.set_column(0, 10, 24)
            for y, row in enumerate(rows(text)):
                for x, cell in enumerate(row):
                    sheet.write(y, x, float(cell) if cell.lstrip("-").replace(".", "", 1).isdigit() else cell)


if __name__ == "__main__":
    make_pdf(FOLDER / "metric-system.pdf", METRIC_SYSTEM)
    make_docx(FOLDER / "first-aid.docx", FIRST_AID)
    make_pptx(FOLDER / "bicycle-tyres.pptx", TYRES)
    make_xlsx(FOLDER / "planets.xlsx", {"Planets": PLANETS, "Visits": PLANET_VISITS, "Dwarf planets": DWARF_PLANETS})
