"""Numbers as people and spreadsheets write them: "0,5", "1.234,5", "12'345", "99,5 %".

Which of comma and point is the decimal sign is a habit of whoever wrote a column, and most cells
leave it open: "1.234" may be a number between 1 and 2 or a thousand and more. Other cells show it:
"0,5" does, and "1.234,5". So a column is looked at as a whole, and where it shows nothing its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

Sign = Literal[".", ",", "", "both"]
"""The decimal sign of some cells: the one that they show, none, or both of them."""

_NUMBER: Final = re.compile(r"[+-]?(\d[\d.,]*|[.,]\d+)([eE][+-]?\d+)?")
_GROUPED: Final = {
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+"),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+"),
}
_SPACED: Final = re.compile(
    r"[+-]?\d{1,3}(?P<gap>['\u2019\u00a0\u2009\u202f ])\d{3}((?P=gap)\d{3})*(?!\d)"
)


def plain(cell: str) -> str:
    """A cell without what is no part of its number: blanks, a sign of percent, what stands between
    thousands where it is neither comma nor point; with a minus that is a hyphen.

    Example:
        >>> plain(" 12'345,5 % "), plain("\u22121")
        ('12345,5', '-1')
    """
    text = cell.strip().removesuffix("%").rstrip().replace("\u2212", "-")
    grouped = _SPACED.match(text)
    return (
        text
        if grouped is None
        else grouped[0].replace(grouped["gap"], "") + text[len(grouped[0]) :]
    )


def in_percent(cell: object) -> bool:
    """Whether a cell says that it is in percent."""
    return isinstance(cell, str) and cell.rstrip().endswith("%")


def decimal_sign(cells: Iterable[object]) -> Sign:
    """The decimal sign that cells show, those that are no numbers left aside.

    Example:
        >>> decimal_sign(["1.000", "0,5"]), decimal_sign(["1.000", "2.000"])
        (',', '')
        >>> decimal_sign(["1.012.345"]), decimal_sign(["0.5", "0,5"])
        (',', 'both')
    """
    found: set[Sign] = set()
    for cell in cells:
        if isinstance(cell, str) and ("." in cell or "," in cell):
            found.add(_shown(plain(cell)))
    shown = found - {""}
    return "both" if len(shown) > 1 else next(iter(shown), "")


def _shown(text: str) -> Sign:
    if _NUMBER.fullmatch(text) is None:
        return ""
    point, comma = text.count("."), text.count(",")
    last: Sign = "." if text.rfind(".") > text.rfind(",") else ","
    if point and comma:
        return "" if value_of(text, last) is None else last
    between = _GROUPED[last].fullmatch(text) is not None
    if point + comma > 1:  # what stands there twice is between thousands
        return ("," if last == "." else ".") if between else ""
    return "" if between else last


def is_open(text: str) -> bool:
    """Whether a number, `plain`, is a thousand times as much by the other decimal sign.

    Example:
        >>> is_open("1.234"), is_open("1.23"), is_open("0.234")
        (True, False, False)
    """
    once = text.count(".") + text.count(",") == 1
    return once and any(each.fullmatch(text) is not None for each in _GROUPED.values())


def value_of(text: str, sign: str) -> float | None:
    """A number, `plain`, under one decimal sign; None where it is none, as "0.5" under a comma.

    Example:
        >>> value_of("1.234,5", ","), value_of("1.234", "."), value_of("1.234", ",")
        (1234.5, 1.234, 1234.0)
        >>> value_of("0.5", ",") is None
        True
    """
    other = "," if sign == "." else "."
    whole, decimal, rest = text.partition(sign)
    if other in whole:
        if _GROUPED[other].fullmatch(whole) is None:
            return None
        whole = whole.replace(other, "")
    try:
        return float(f"{whole}{decimal and '.'}{rest}")
    except ValueError:
        return None
