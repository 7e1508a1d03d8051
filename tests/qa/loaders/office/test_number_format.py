"""Numbers as Excel shows them. The right values are worked out by hand from ECMA-376 18.8.31 and Excel's help."""

from __future__ import annotations

import time

import pytest

from qa.loaders.office.format_codes import BUILT_IN
from qa.loaders.office.number_format import show_number, show_text

ACCOUNTING = '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-'

NUMBERS = [
    # General: at most eleven digits, six and an exponent where that is not enough
    ("14.253846153846167", "General", "14.25384615"),
    ("0.07000000000000001", "General", "0.07"),
    ("8.200000000000001", "General", "8.2"),
    ("1234567.891234", "General", "1234567.891"),
    ("12345678901", "General", "12345678901"),
    ("123456789012", "General", "1.23457E+11"),
    ("0.123456789012", "General", "0.123456789"),
    ("0.00001", "General", "0.00001"),
    ("0.0000123456", "General", "1.23456E-05"),
    ("-0.5", "General", "-0.5"),
    ("1E3", "General", "1000"),
    ("0", "General", "0"),
    ("3", 'General" pcs"', "3 pcs"),
    # digits, thousands, rounding half up on fifteen digits
    ("2.5", "0", "3"),
    ("-2.5", "0", "-3"),
    ("1.005", "0.00", "1.01"),
    ("12.5", "0.00", "12.50"),
    ("1234567.891", "#,##0", "1,234,568"),
    ("1234.5", "#,##0.00", "1,234.50"),
    ("999", "#,##0", "999"),
    ("7", "000", "007"),
    ("5", "0,000", "0,005"),
    ("0.5", ".00", ".50"),
    ("12.5", ".00", "12.50"),
    ("0.5", "#.##", ".5"),
    ("3", "0.##", "3."),
    ("3.10", "0.0##", "3.1"),
    ("1234567", "0.0,", "1234.6"),
    ("1234567", '0.0,,"M"', "1.2M"),
    ("5551234567", "(000) 000-0000", "(555) 123-4567"),
    ("123456789", "000-00-0000", "123-45-6789"),
    # per cent
    ("0.0495", "0.00%", "4.95%"),
    ("0.0495", "0.00 %", "4.95 %"),
    ("0.5", "0%", "50%"),
    ("-0.1", "0%;[Red]-0%", "-10%"),
    # currencies and literal text
    ("12.5", '#,##0.00 "EUR"', "12.50 EUR"),
    ("0", '#,##0.00 "EUR"', "0.00 EUR"),
    ("1234.5", "#,##0.00\\ [$€-407]", "1,234.50 €"),
    ("1234.5", "[$€-2] #,##0.00", "€ 1,234.50"),
    ("9.9", "[$EUR] 0.00", "EUR 9.90"),
    ("-5", '"$"#,##0.00', "-$5.00"),
    ("5", "[$£-809]#,##0", "£5"),
    ("5", "[$-409]0", "5"),
    ("24", '0" months"', "24 months"),
    ("2.5", "0.0\\k\\g", "2.5kg"),
    ("1234.5", ACCOUNTING, "1,234.50 €"),
    ("-1234.5", ACCOUNTING, "-1,234.50 €"),
    ("0", ACCOUNTING, "- €"),
    # sections: positive; negative; zero; text
    ("-1234.5", "#,##0.00;(#,##0.00)", "(1,234.50)"),
    ("5", "0;(0);zero", "5"),
    ("0", '0;(0);"none"', "none"),
    ("0", "0;-0;;@", ""),
    ("-3", "0;;0", ""),
    ("7", ";;;", ""),
    ("1", '"yes";"no";"unknown"', "yes"),
    ("-1", '"yes";"no";"unknown"', "no"),
    ("5", "@", "5"),
    # conditions
    ("150", '[>=100]"big" 0;[<10]"small" 0;0', "big 150"),
    ("3", '[>=100]"big" 0;[<10]"small" 0;0', "small 3"),
    ("50", '[>=100]"big" 0;[<10]"small" 0;0', "50"),
    ("2500000", '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "2.5M"),
    ("-5", "[>100]0;0.0", "-5.0"),
    ("-5", '[<0]0" below";0', "5 below"),
    # fractions
    ("12.75", "# ?/?", "12 3/4"),
    ("0.5", "# ?/?", "1/2"),
    ("3.14159", "?/?", "22/7"),
    ("1.3125", "# ??/??", "1 5/16"),
    ("0.125", "# ?/8", "1/8"),
    ("2.3", "# ??/100", "2 30/100"),
    ("12", "# ?/?", "12"),
    ("0.99", "# ?/?", "1"),
    ("0.5", "0 ?/?", "0 1/2"),
    # exponents
    ("12345", "0.00E+00", "1.23E+04"),
    ("0.00012", "0.0E+00", "1.2E-04"),
    ("12345", "##0.0E+0", "12.3E+3"),
    ("12345", "0.0E-0", "1.2E4"),
    ("0", "0.00E+00", "0.00E+00"),
    ("99.996", "0.00E+00", "1.00E+02"),
    # dates; 46085 is 4 March 2026, a Wednesday
    ("46085", "dd.mm.yyyy", "04.03.2026"),
    ("46085", "yyyy\\-mm\\-dd", "2026-03-04"),
    ("46085", "d-mmm-yy", "4-Mar-26"),
    ("46085", "dddd, d mmmm yyyy", "Wednesday, 4 March 2026"),
    ("46085", "ddd mmmmm", "Wed M"),
    ("46085", '[$-407]d". "mm"/"yy', "4. 03/26"),
    ("46085.6", "m/d/yy h:mm AM/PM", "3/4/26 2:24 PM"),
    ("46085", "[$-407]dddd, d. mmmm yyyy", "Mittwoch, 4. März 2026"),
    ("46085", "[$-40C]ddd d mmm yyyy", "mer. 4 mars 2026"),
    ("46085", '[$-C0A]d "de" mmmm', "4 de marzo"),
    ("46085", "[$-410]mmm", "mar"),
    ("46085", "[$-F800]dddd, mmmm dd, yyyy", "Wednesday, March 04, 2026"),
    ("46085", "[$-411]yyyy年m月d日", "2026年3月4日"),
    ("1", "yyyy-mm-dd", "1900-01-01"),
    ("59", "yyyy-mm-dd", "1900-02-28"),
    ("60", "yyyy-mm-dd", "1900-02-29"),
    ("61", "yyyy-mm-dd", "1900-03-01"),
    ("2958465", "yyyy-mm-dd", "9999-12-31"),
    ("2958466", "yyyy-mm-dd", "2958466"),
    ("-1", "yyyy-mm-dd", "-1"),
    # times
    ("0.5", "h:mm", "12:00"),
    ("0.25", "hh:mm", "06:00"),
    ("0.000694444444444444", "h:mm", "0:01"),
    ("0", "h:mm AM/PM", "12:00 AM"),
    ("0.75", "h A/P", "6 P"),
    ("0.999999", "h:mm:ss", "0:00:00"),
    ("1.5", "[h]:mm", "36:00"),
    ("1.5", "[hh]:mm:ss", "36:00:00"),
    ("-0.25", "[h]:mm", "-6:00"),
    ("0.0625", "[mm]:ss", "90:00"),
    ("0.001", "[s]", "86"),
    ("0.001", "mm:ss.0", "01:26.4"),
    ("0.001", "ss.00", "26.40"),
    ("1.5", "d h:mm", "1 12:00"),
    # what is no number or no code is given as it is
    ("abc", "0.00", "abc"),
    ("1E+400", "0", "1E+400"),
    ("NaN", "0", "NaN"),
    ("5", "0;0;0;@;0", "5"),
    ("5", "0" * 300, "5"),
    ("5", '0"', "5"),
    ("5", "0\\", "5"),
    ("5", "0[", "5"),
]


@pytest.mark.parametrize(("value", "code", "shown"), NUMBERS)
def test_a_number_is_shown_as_its_format_says(value: str, code: str, shown: str) -> None:
    assert show_number(value, code) == shown


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("n/a", "General", "n/a"),
        ("n/a", "0.00", "n/a"),
        ("n/a", "@", "n/a"),
        ("7", '"No. "@', "No. 7"),
        ("n/a", '0;-0;0;"("@")"', "(n/a)"),
        ("n/a", ";;;", ""),
        ("n/a", '0.0;"-"@', "-n/a"),
    ],
)
def test_a_text_is_shown_as_its_format_says(text: str, code: str, shown: str) -> None:
    assert show_text(text, code) == shown


def test_days_can_be_counted_from_1904() -> None:
    assert show_number("0", "yyyy-mm-dd", from_1904=True) == "1904-01-01"
    assert show_number("44623", "yyyy-mm-dd", from_1904=True) == "2026-03-04"


def test_dates_in_the_order_of_the_reader_have_the_order_that_means_the_same_everywhere() -> None:
    assert show_number("46085.5", BUILT_IN[14]) == "2026-03-04"
    assert show_number("46085.5", BUILT_IN[22]) == "2026-03-04 12:00"


@pytest.mark.parametrize(
    "code", ["0" * 255, "?/" + "?" * 253, "# ?/?", "[h]" * 85, "#,##0." + "#" * 249, "0E+" + "0" * 252]
)
def test_a_long_code_costs_little(code: str) -> None:
    start = time.process_time()
    for value in ("1.7976931348623157E+308", "4.9E-324", "0.1"):
        assert len(show_number(value, code)) < 5000
    assert time.process_time() - start < 0.5
