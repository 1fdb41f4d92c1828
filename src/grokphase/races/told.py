"""A race in words: the table, and the sentences that answer it."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from grokphase.counting import counted
from grokphase.races.protocol import LEVEL, Compared, enough_seeds, least_p
from grokphase.telling.words import size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokphase.phases.summary import MedianStep
    from grokphase.races.result import Entry, Race

HEAD = (
    *("arm", "reached", "memorized", "first", "sustained", "in steps", "p"),
    *("ms/step", "seconds", "in seconds", "p", "lost", "Mflop/step", "state"),
)
"""The columns of the table."""

WORDS = f"""\
reached: runs that held the goal. memorized, first, sustained: median steps at which training and
validation accuracy passed, and from which the latter held [interval]; a dash: not reached.
in steps, in seconds: how many times as fast as tuned AdamW, of medians [95 % bootstrap over seeds;
in seconds also over what a step may take]; p: of the signed-rank test over seeds, corrected for the
number of arms (Holm), of steps and of seconds apart, and of one race. * p < {LEVEL}.
ms/step: of the processor, evaluations included, arms in turns. seconds: to the goal. Steps and
seconds hold those of a network that is trained first, its seconds as training took them.
lost: runs of which a later evaluation was below the goal.
Mflop/step: of the matrix products of an update. state: bytes that a run carries."""

LEAK = "\N{DAGGER}"
"""Stands after an arm that trains on validation samples too."""


def draw(found: Race) -> str:
    """The race as text."""
    lines = table(found)
    widths = [max(map(len, column)) for column in zip(HEAD, *lines, strict=True)]
    rows = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (HEAD, *lines)
    ]
    return "\n".join([heading(found), "", *(row.rstrip() for row in rows), "", *told(found)])


def heading(found: Race) -> str:
    """What was raced, with which budget."""
    return (
        f"{found.title}{'' if found.p is None else f', p = {found.p}'}: goal is a validation "
        f"accuracy that holds {found.sustain:,} steps, within {found.budget:,}; every arm tuned by "
        f"{counted(found.draws, 'draw')} on {counted(len(found.tuning_seeds), 'seed')}, then "
        f"{len(found.seeds)} fresh seeds ({found.scale})."
    )


def table(found: Race) -> list[tuple[str, ...]]:
    """A row of words an arm, the fastest first."""
    return [_line(found, entry) for entry in found.ranked]


def _line(found: Race, entry: Entry) -> tuple[str, ...]:
    medians = found.medians(entry)
    goal = medians["sustained"]
    steps, seconds = found.in_steps.get(entry.arm), found.in_seconds.get(entry.arm)
    return (
        named(found, entry.arm),
        f"{goal.reached}/{goal.runs}",
        _steps(medians["train"]),
        _steps(medians["first"]),
        f"{_steps(goal)} {_interval(goal)}",
        speed(steps),
        p_text(steps),
        f"{1e3 * entry.step_seconds:.2f}",
        _seconds(entry),
        speed(seconds),
        p_text(seconds),
        f"{entry.collapsed}",
        f"{entry.flops / 1e6:.1f}",
        size(entry.state_bytes),
    )


def _seconds(entry: Entry) -> str:
    median = float(np.median(entry.seconds()))
    if not math.isfinite(median):
        return "-"
    return f"{median:.2f}" if median >= 0.1 else f"{median:.2g}"


def _steps(found: MedianStep) -> str:
    return "-" if found.median is None else f"{found.median:,.0f}"


def _interval(found: MedianStep) -> str:
    low, high = (_end(end) for end in (found.low, found.high))
    return f"[{low}, {high}]"


def _end(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def speed(found: Compared | None, *, interval: bool = True) -> str:
    """A speed-up in words, with its interval or without.

    Example:
        >>> speed(Compared(2.0, 1.5, None, 0.001, 0.004, "faster"))
        '2.00 [1.50, -]*'
        >>> speed(None)
        '1'
    """
    if found is None:
        return "1"
    value, low, high = (
        "-" if each is None else f"{each:.2f}" for each in (found.speedup, found.low, found.high)
    )
    between = f" [{low}, {high}]" if interval else ""
    return f"{value}{between}{'*' if found.verdict != 'open' else ''}"


def p_text(found: Compared | None) -> str:
    """The corrected p value in words."""
    return "" if found is None else f"{found.p_holm:.2g}"


def named(found: Race, arm: str) -> str:
    """An arm by its name, with a dagger where it trains on validation samples too."""
    return f"{arm}{LEAK if found.leaks(arm) else ''}"


def told(found: Race) -> list[str]:
    """What the columns mean, the answer, and what must be known."""
    left = [f"Left out, {name}: {why}" for name, why in found.left_out.items()]
    return [WORDS, "", *answer(found), *left, *(f"{note}." for note in found.notes)]


def answer(found: Race) -> list[str]:
    """Which arms win, where, by how much and at what price.

    Example:
        >>> from grokphase.races.result import example
        >>> print(*answer(example()), sep="\\n")
        Faster than tuned AdamW in steps (p < 0.01): twice 2.00 [2.00, 2.00].
        Faster in seconds on this machine: none.
        Slower in steps (p < 0.01): never.
        Slower in seconds on this machine: twice, never.
        Tuned AdamW held the goal on all tuning seeds with 4 of its 4 settings: a longer search \
may find a faster one, of AdamW as of any arm.
    """
    sentences = [*_control(found), *_too_few(found)]
    if not found.others:
        return [*sentences, "Nothing raced with AdamW."]
    won, timed = (
        ", ".join(f"{arm} {speed(by[arm]).rstrip('*')}" for arm in found.winners(of))
        for of, by in (("steps", found.in_steps), ("seconds", found.in_seconds))
    )
    sentences += [
        f"Faster than tuned AdamW in steps (p < {LEVEL}): {won or 'none'}.",
        f"Faster in seconds on this machine: {timed or 'none'}.",
    ]
    for of, each in (("steps", found.in_steps), ("seconds", found.in_seconds)):
        slower = [named(found, arm) for arm, one in each.items() if one.verdict == "slower"]
        where = f"in steps (p < {LEVEL})" if of == "steps" else "in seconds on this machine"
        sentences += [f"Slower {where}: {', '.join(slower)}."] if slower else []
    lost = [f"{each.arm} {each.collapsed}" for each in found.entries if each.collapsed]
    sentences += [f"Runs that lost the goal again: {', '.join(lost)}."] if lost else []
    return [*sentences, *_leaks(found), _tuned(found)]


def _leaks(found: Race) -> list[str]:
    return [
        f"Not judged, {named(found, each.arm)} {speed(found.in_steps[each.arm])} in "
        f"steps: it trained on up to {100 * each.leaked:.0f} % of its validation samples too, so "
        "that less was asked of it."
        for each in found.others
        if found.leaks(each.arm)
    ]


def _tuned(found: Race) -> str:
    held, of = found.baseline.draws_reached, found.draws
    there, runs = _reached(found.baseline), len(found.seeds)
    few = f"AdamW itself reached the goal in {there} of {runs} runs. " if there < runs else ""
    return (
        f"{few}Tuned AdamW held the goal on all tuning seeds with {held} of its {of} settings: a "
        "longer search may find a faster one, of AdamW as of any arm."
    )


def _control(found: Race) -> list[str]:
    if found.expects == "none":
        there = [f"{each.arm} {n}" for each in found.entries if (n := _reached(each))]
        came = f"yet it was reached: {', '.join(there)}" if there else "and none did"
        known = [each.arm for each in found.entries if None not in each.times.train]
        by_heart = f"; by heart all runs knew the samples of {', '.join(known) or 'no arm'}"
        return [f"A control: nothing can be generalized here, {came}{by_heart}."]
    if found.expects == "no delay":
        won = ", ".join(found.winners())
        none = "none was faster" if found.enough_seeds else "of so few seeds none can be faster"
        came = f"yet some were faster: {won}" if won else f"and {none}"
        return [f"A control: with so many samples an arm was expected only to cost, {came}."]
    return []


def _reached(entry: Entry) -> int:
    return sum(step is not None for step in entry.times.sustained)


def _too_few(found: Race) -> list[str]:
    if found.enough_seeds:
        return []
    arms = max(1, len(found.others))
    return [
        f"{len(found.seeds)} seeds are too few to call any of {counted(arms, 'arm')} faster: the "
        f"least p that there can be is {least_p(len(found.seeds), arms):.2g}; {enough_seeds(arms)} "
        "seeds are enough."
    ]


def html(found: Race) -> str:
    """The race as a table of a notebook."""
    head = "".join(f"<th>{escape(name)}</th>" for name in HEAD)
    body = "".join(_row(line) for line in table(found))
    below = "".join(f"<p>{escape(sentence)}</p>" for sentence in told(found) if sentence)
    return (
        f"<p>{escape(heading(found))}</p><div style='overflow-x:auto'><table><thead><tr>{head}</tr>"
        f"</thead><tbody>{body}</tbody></table></div>{below}"
    )


def _row(line: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>"
