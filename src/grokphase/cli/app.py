"""The commands: which words lead to which function, with the examples of every help page."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache

from cyclopts import App

from grokphase.cli.advise import advise
from grokphase.cli.bench import bench
from grokphase.cli.cite import cite
from grokphase.cli.claims import claims
from grokphase.cli.corpus import build, check
from grokphase.cli.corpus import show as show_corpus
from grokphase.cli.delay import delay
from grokphase.cli.demo import demo
from grokphase.cli.doctor import doctor
from grokphase.cli.examples import examples
from grokphase.cli.first_order import first_order
from grokphase.cli.forecast import forecast
from grokphase.cli.lazy_rich import lazy_rich
from grokphase.cli.linear import linear
from grokphase.cli.map import map_phases
from grokphase.cli.race import race
from grokphase.cli.reproduce import reproduce
from grokphase.cli.runs import export, list_sweeps, listing, query, remove, show
from grokphase.cli.separability import separability
from grokphase.cli.settings import list_settings
from grokphase.cli.sweep import sweep
from grokphase.cli.tasks import list_tasks
from grokphase.cli.theory import critical_fraction, flow, grokking_rate, parallelograms
from grokphase.cli.train import train
from grokphase.cli.watch import watch

_ABOUT = (
    "Which phase of learning is a network in? Train thousands of small networks, map where they "
    "comprehend, grok, memorize or get confused, and keep every run."
)
_VERBS: Mapping[str, Callable[..., int]] = {
    "demo": demo,
    "map": map_phases,
    "sweep": sweep,
    "train": train,
    "forecast": forecast,
    "advise": advise,
    "watch": watch,
    "race": race,
    "reproduce": reproduce,
    "claims": claims,
    "tasks": list_tasks,
    "settings": list_settings,
    "doctor": doctor,
    "bench": bench,
    "cite": cite,
}
_RUNS: Mapping[str, Callable[..., int]] = {
    "ls": listing,
    "sweeps": list_sweeps,
    "show": show,
    "query": query,
    "export": export,
    "rm": remove,
}


_THEORY: Mapping[str, Callable[..., int]] = {
    "critical-fraction": critical_fraction,
    "grokking-rate": grokking_rate,
    "flow": flow,
    "parallelograms": parallelograms,
    "linear": linear,
    "first-order": first_order,
    "separability": separability,
    "lazy-rich": lazy_rich,
    "delay": delay,
}


_CORPUS: Mapping[str, Callable[..., int]] = {
    "show": show_corpus,
    "build": build,
    "check": check,
}


@cache
def build_app() -> App:
    """The application with all its verbs, one for the process.

    Returns:
        A cyclopts application; call it with the words after ``grokphase``.
    """
    app = App(
        name="grokphase",
        help=_ABOUT,
        help_format="plaintext",
        help_epilogue=examples(""),
        version=_version,
        result_action="return_value",
        # Ctrl-C is ours to explain: entry.main says how to go on.
        suppress_keyboard_interrupt=False,
    )
    runs = App(
        name="runs",
        help="Look at the runs that are kept.",
        help_epilogue=examples("runs"),
        sort_key=len(_VERBS),
    )
    theory = App(
        name="theory",
        help="What needs no training: which structure data determine, and how fast it forms.",
        help_epilogue=examples("theory"),
        sort_key=len(_VERBS) + 1,
    )
    corpus = App(
        name="corpus",
        help="A public set of runs: what many small networks did, for forecasts and their scores.",
        help_epilogue=examples("corpus"),
        sort_key=len(_VERBS) + 2,
    )
    _add(app, _VERBS)
    _add(runs, _RUNS, "runs ")
    _add(theory, _THEORY, "theory ")
    _add(corpus, _CORPUS, "corpus ")
    app.command(runs)
    app.command(theory)
    app.command(corpus)
    return app


def _add(app: App, verbs: Mapping[str, Callable[..., int]], before: str = "") -> None:
    for position, (word, verb) in enumerate(verbs.items()):
        app.command(
            verb,
            name=word,
            help=_description(verb),
            help_epilogue=examples(before + word),
            sort_key=position,
        )


def _description(verb: Callable[..., int]) -> str:
    """The prose of a docstring, a line for each paragraph, so that help wraps to the terminal."""
    prose, _, _ = (inspect.getdoc(verb) or "").partition("\n\nArgs:")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in prose.split("\n\n"))


def _version() -> str:
    from grokphase import __version__

    return __version__
