"""What a user sees when something given cannot be used: one sentence, no traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
