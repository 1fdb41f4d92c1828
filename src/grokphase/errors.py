"""What a user sees when something given cannot be used: one sentence, no traceback."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

_COLOURS: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # as a terminal takes them


class GrokphaseError(ValueError):
    """Something given cannot be used.

    The message is one sentence that says what was given, what is allowed and, where it helps,
    the line to write. The command line prints it and ends with exit code 2.
    """


def nearest(given: str, options: Iterable[str]) -> str:
    """The hint that names the option most like the one given, or nothing.

    Args:
        given: what the user wrote.
        options: the names that exist.

    Returns:
        A sentence with a leading space, ready to append to a message; empty if nothing is close.

    Example:
        >>> nearest("adition", ["addition", "division"])
        ' Did you mean "addition"?'
        >>> nearest("zzz", ["addition"])
        ''
    """
    close = difflib.get_close_matches(given, list(options), n=1, cutoff=0.6)
    return f' Did you mean "{close[0]}"?' if close else ""


def one_line(text: object) -> str:
    r"""What an error of others says, as a part of a sentence: without line breaks, a terminal's
    colours, and characters that cannot be printed.

    Example:
        >>> one_line(ValueError("\x1b[31mno such\n  optimizer\x1b[0m\x00"))
        'no such optimizer'
    """
    plain = " ".join(_COLOURS.sub("", str(text)).split())
    return "".join(letter for letter in plain if letter.isprintable())
