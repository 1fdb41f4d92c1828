"""The command line: verbs that parse what was typed, call the library and print what came back.

Nothing here computes. `main` runs one command and returns its exit code; the modules beside it
hold a verb each, and import the heavy parts of the package only when their verb is called, so
that ``grokphase --help`` stays immediate.
"""

from grokphase.cli.entry import main as main

__all__ = ["main"]
