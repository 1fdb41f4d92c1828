"""Whether the kernel of a notebook runs this."""

from __future__ import annotations

import sys


def in_notebook() -> bool:
    """Whether a kernel runs this (Jupyter, VS Code, Colab); IPython is there already if so."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")
