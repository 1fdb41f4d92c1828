"""Standard streams as they may be: closed, or of an encoding that has not every character."""

from __future__ import annotations

import codecs
import io
import os
import sys

# Curves are drawn with blocks of eight heights; the rest occurs in sentences.
_LIKE = dict(zip("▁▂▃▄▅▆▇█", "_.,-~=+#", strict=True)) | {
    **{"∘": "*", "−": "-", "–": "-", "—": "-", "·": ".", "…": "...", "√": "sqrt", "δ": "delta"},
    **{"×": "x", "≥": ">=", "≤": "<=", "→": "->", "•": "*", "│": "|", "─": "-", "└": "+"},
    **{"━": "-", "╺": "-", "╸": "-", "┃": "|", "┏": "+", "┓": "+", "┗": "+", "┛": "+"},
    **{"λ": "lambda", "Λ": "Lambda", "±": "+-", "²": "^2", "³": "^3", "°": " deg", "μ": "u"},
}


def _likeness(error: UnicodeError) -> tuple[str, int]:
    """What looks most like characters that the encoding lacks; their codes for all others."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    coded = (letter.encode("ascii", "backslashreplace").decode() for letter in lost)
    return "".join(map(_LIKE.get, lost, coded)), error.end


codecs.register_error("grokphase", _likeness)


def prepare_streams() -> None:
    """Let results be written to any standard stream.

    A closed one is opened on nothing, lest the next file that is opened, such as a store's, takes
    its number and what is printed is written there.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="grokphase")


def leave_streams() -> None:
    """Forget what is buffered for a reader (head, less) that has left."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(nothing, stream.fileno())
    os.close(nothing)
