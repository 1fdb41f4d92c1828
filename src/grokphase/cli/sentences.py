"""Errors in the words of the person who typed the command."""

from __future__ import annotations

import os
import traceback

from cyclopts import CycloptsError, UnknownCommandError, UnusedCliTokensError

from grokphase.errors import GrokphaseError, nearest


def from_parse_error(error: CycloptsError) -> str:
    """One sentence for a command line that cannot be parsed.

    Args:
        error: what cyclopts raised; its own wording is used where it already is a sentence with
            the nearest right name.

    Returns:
        The sentence, ending with where the help is.
    """
    error.verbose = False  # the verbose form quotes the Python signature
    words = " ".join(("grokphase", *(error.command_chain or ())))
    if isinstance(error.__cause__, GrokphaseError):
        said = str(error.__cause__)  # our own sentence, which names the option
    elif isinstance(error, UnknownCommandError) and error.unused_tokens:
        said = _unknown_command(error, error.unused_tokens[0])
    elif isinstance(error, UnusedCliTokensError):
        extra = " ".join(error.unused_tokens or ())
        said = f'"{words}" does not know what to do with "{extra}".'
    else:
        said = str(error).strip()
    return f'{said} See "{words} --help".'


def from_os_error(error: OSError) -> str:
    """One sentence for a path that the file system refuses.

    Args:
        error: the refusal, with the path where the system tells it.

    Returns:
        The sentence.

    Example:
        >>> from_os_error(PermissionError(13, "Permission denied", "/etc/store"))
        'Cannot use "/etc/store": permission denied; give another place.'
    """
    reason = (error.strerror or type(error).__name__).lower()
    if error.filename is None:
        return f"The file system refused: {reason}; give another place."
    return f'Cannot use "{os.fsdecode(error.filename)}": {reason}; give another place.'


def from_jax_setting(error: Exception) -> str | None:
    """One sentence for a variable whose value JAX refuses when it is imported; None for the rest.

    Args:
        error: what was raised anywhere.
    """
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    if not frame.f_code.co_filename.replace(os.sep, "/").endswith("jax/_src/config.py"):
        return None
    said = " ".join(str(error).split()).removesuffix(".")
    return f"JAX refuses a variable of the environment ({said}); unset it."


def _unknown_command(error: CycloptsError, given: str) -> str:
    app = error.app
    known = [name for name in app or () if not name.startswith("-")]
    return f'There is no command "{given}"; there are {", ".join(known)}.{nearest(given, known)}'
