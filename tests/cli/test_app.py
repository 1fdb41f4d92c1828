"""Help pages: complete, with examples that parse, and there at once."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest
from cyclopts import App

from grokphase.cli.app import build_app
from grokphase.cli.examples import EXAMPLES, examples

VERBS = [words for words in EXAMPLES if words]
GROUPS = ("runs", "theory", "corpus")


def subcommands(app: App) -> list[str]:
    return [name for name in app if not name.startswith("-")]


def test_every_command_has_examples():
    app = build_app()
    groups = [f"{group} {name}" for group in GROUPS for name in subcommands(app[group])]
    named = subcommands(app) + groups
    assert sorted(named) == sorted(VERBS)


@pytest.mark.parametrize("words", ["", *VERBS])
def test_help_shows_its_examples(grokphase, words: str):
    shown = grokphase(*words.split(), "--help")
    assert shown.code == 0
    assert shown.err == ""
    squeezed = " ".join(shown.out.split())
    assert " ".join(examples(words).split()) in squeezed


@pytest.mark.parametrize("line", sorted({line for lines in EXAMPLES.values() for line in lines}))
def test_examples_parse(line: str):
    program, *words = shlex.split(line)
    assert program == "grokphase"
    command, _, ignored = build_app().parse_args(words, exit_on_error=False, print_error=False)
    assert command.__module__.startswith("grokphase.cli.")
    assert not ignored


@pytest.mark.usefixtures("untimed")
def test_the_example_of_sustained_times_can_be_run(grokphase):
    (line,) = (line for line in EXAMPLES["map"] if "--by sustained" in line)
    planned = grokphase(*shlex.split(line)[1:], "--dry-run")
    assert planned.code == 0
    assert "cells" in planned.out


@pytest.mark.parametrize("words", [words for words in VERBS if words not in GROUPS])
def test_every_verb_offers_json_and_quiet(grokphase, words: str):
    page = grokphase(*words.split(), "--help").out
    assert "--json" in page
    assert "--quiet -q" in page


@pytest.mark.parametrize("words", ["", *VERBS])
def test_wrapped_examples_fit_the_terminal_and_paste_as_one_command(words: str):
    text = examples(words)
    assert all(len(line) <= 80 for line in text.splitlines() if "=" not in line)
    pasted = text.removeprefix("Examples:\n").replace("\\\n", " ").splitlines()
    assert [shlex.split(line) for line in pasted] == [shlex.split(x) for x in EXAMPLES[words]]


def test_version(grokphase):
    from grokphase import __version__

    assert grokphase("--version").out.strip() == __version__


def test_help_imports_nothing_heavy():
    code = """
import sys
from grokphase.cli import main
main(["map", "--help"])
heavy = ("jax", "jaxlib", "numpy", "matplotlib", "duckdb", "scipy", "equinox", "distributed")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
