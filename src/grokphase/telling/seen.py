"""Where a person looks on: in a notebook, or at a terminal."""

from __future__ import annotations

import sys
from typing import TextIO


def in_notebook() -> bool:
    """Whether a kernel runs this (Jupyter, VS Code, Colab); IPython is there already if so."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")


def on_terminal(stream: TextIO | None) -> bool:
    """Whether what is written to a stream is seen; one that is closed, or not there, is no
    terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
