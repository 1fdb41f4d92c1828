"""Shares of runs: in which something is so, or never is, or in which one event precedes another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grokphase.estimators.estimator import (
    INTERVAL,
    Estimator,
    Parameters,
    Reach,
    always,
    by_counting,
    condition_words,
    exactly,
    joined,
    judged,
    refused,
    unit_count,
)
from grokphase.estimators.intervals import seed_shares, share_interval
from grokphase.estimators.kinds import Column, Condition, Count, Known, Missing, Share, Words
from grokphase.estimators.measured import Measured
from grokphase.estimators.table import ROW, Floats, Table, holds, known, raw, units
from grokphase.estimators.table import column as of_table


def share(
    table: Table,
    *,
    column: Column,
    so: Condition = True,
    at_least: Share = 0.0,
    at_most: Share = 1.0,
    listed: Words = "",
    missing: Missing = "left out",
    unit: Column = "seed",
) -> Measured:
    """The share of runs in which something is so, in the mean over seeds.

    Runs of one seed are related, so each seed gives the share of its runs, and what is judged is
    the mean of these. Rows where nothing is known of the condition say nothing, and are left out.
    The interval is that of `intervals.share_interval`, which is the exact one of Clopper and
    Pearson where each seed has one run. Five seeds of five decide "in more than half", 59 of 59 "in
    95 %".

    Args:
        table: of runs.
        column: what the condition is about; a column of true and false by itself.
        so: the condition, see `table.holds`: "> 0.5", "<= ideal", "reached", "C", ...
        at_least: the claim holds if the share is at least this,
        at_most: and at most this.
        listed: what the values are, in words, for a note that gives that of each run.
        missing: of runs without a value: "left out", of which nothing is known, or "last", of a
            time that was not reached, which is later than any.
        unit: the column of what is independent; "row" for each row.

    Example:
        >>> found = share(
        ...     {"seed": range(10), "new": [0.9] * 9 + [0.2]},
        ...     column="new",
        ...     so="> 0.5",
        ...     at_least=0.5,
        ... )
        >>> found.value, found.verdict, found.note
        (0.9, 'holds', '9 of 10 runs.')
    """
    true = holds(table, column, so)
    if missing == "last":
        times = of_table(table, column)
        late = np.where(np.isnan(times), np.finfo(np.float64).max, times)
        true = holds({**table, column: late}, column, so)
    found = _judged_share(table, true, (at_least, at_most), unit, "runs")
    return replace(found, note=joined(found.note, _list(table, column, listed, unit)))


def _list(table: Table, column: str, words: str, unit: str) -> str:
    """The value of each run, in a sentence; nothing without words for it."""
    if not words:
        return ""
    numbers = of_table(table, column)
    of = range(len(numbers)) if unit == ROW else raw(table, unit)
    each = (
        f"{name}: {'none' if np.isnan(one) else format(one, '.3g')}"
        for name, one in zip(of, numbers, strict=True)
    )
    return f"{words[0].upper()}{words[1:]}, by {unit}: {', '.join(each)}."


def never(
    table: Table,
    *,
    column: Column,
    at_least: Share = 0.95,
    budget: Known = None,
    unit: Column = "seed",
) -> Measured:
    """The share of runs that never reach an event within their budget.

    As `share`. That it was never seen in n seeds does not say that it never happens: it may in up
    to about 3 / n of them (5 % on one side; 1 - 0.05^(1/n), Clopper and Pearson). The note says so.
    A run that diverged or failed is no run that never reached it: leave those out.

    Args:
        table: of runs.
        column: the time of the event, None where it was not reached.
        at_least: the claim holds if the share of runs without the event is at least this.
        budget: steps, or a column of them, for the note.
        unit: the column of what is independent; "row" for each row.

    Example:
        >>> found = never(
        ...     {"seed": range(60), "grokked": None, "budget": 1000},
        ...     column="grokked",
        ...     budget="budget",
        ... )
        >>> found.verdict
        'holds'
        >>> found.note
        '0 of 60 runs reach it within 1,000 steps. It may be reached in up to 4.87 % of them.'
    """
    missing = holds(table, column, "not reached")
    found = _judged_share(table, missing, (at_least, 1.0), unit, "runs")
    if found.interval is None:
        return found
    steps = "their budget"
    if budget is not None:
        of = np.unique(known(table, budget, missing))
        steps = " to ".join(f"{one:,.0f}" for one in (of[[0, -1]] if len(of) > 1 else of))
        steps += " steps"
    arrived = int((missing == 0).sum())
    note = (
        f"{arrived} of {len(missing)} runs reach it within {steps}. It may be reached in up to "
        f"{100 * (1 - found.interval[0]):.3g} % of them."
    )
    return replace(found, note=note)


def order_of_events(
    table: Table,
    *,
    first: Column,
    second: Column,
    at_least: Share = 0.5,
    unit: Column = "seed",
) -> Measured:
    """The share of runs in which one event, or change point, comes before another.

    An event that was not reached is later than one that was; a run that reached neither says
    nothing, and is left out. At the same step neither comes first, so that is not so. Interval and
    verdict as for `share`. Both times are from one run, whose budget is one for both.

    Args:
        table: of runs.
        first: the time that should be earlier; None where it was not reached.
        second: the time that should be later.
        at_least: the claim holds if the share is at least this.
        unit: the column of what is independent; "row" for each row.

    Example:
        >>> runs = {"seed": range(6), "train": [5] * 6, "validation": [90, 80, None, 70, 85, 99]}
        >>> order_of_events(runs, first="train", second="validation").verdict
        'holds'
    """
    one, other = (of_table(table, name) for name in (first, second))
    neither = np.isnan(one) & np.isnan(other)
    later = np.where(np.isnan(other), np.inf, other) > np.where(np.isnan(one), np.inf, one)
    before = np.where(neither, np.nan, later)
    found = _judged_share(table, before, (at_least, 1.0), unit, "runs that reach one of them")
    together = int((one == other).sum())
    notes = [found.note]
    if together:
        notes.append(f"{together} reach both at one step, which counts against it.")
    if alone := int((np.isnan(other) & ~np.isnan(one)).sum()):
        notes.append(f"{alone} reach the first alone, which counts for it.")
    if neither.any():
        notes.append(f"{neither.sum()} reach neither, and are left out.")
    return replace(found, note=joined(*notes))


def each(
    table: Table, *, column: Column, so: Condition = True, enough: Count = 0, called: Words = ""
) -> Measured:
    """Every case, without exception: a theorem, checked by enumeration.

    Exact, and so without an interval: it holds for these cases, and one that is not so is enough to
    fail. Or so many cases are enough, where a claim is that something exists. A case of which
    nothing is known is refused rather than left out.

    Args:
        table: of cases.
        column: what the condition is about; a column of true and false by itself.
        so: the condition, see `table.holds`.
        enough: how many cases must be so, where not all need to.
        called: cases in a word, in the plural.

    Example:
        >>> found = each({"freedom": [2, 3, 4]}, column="freedom", so=">= 2")
        >>> found.value, found.verdict
        ('3 of 3', 'holds')
    """
    found = holds(table, column, so)
    seeds = unit_count(units(table, "seed")) if "seed" in table else 0
    unknown = int(np.isnan(found).sum())
    if not len(found):
        return refused("There is no such case.", seeds)
    true = int((found == 1).sum())
    needed = enough or len(found)
    value = joined(f"{true} of {len(found)}", called)
    if true < needed <= true + unknown:
        return refused(f"Nothing is known of {unknown} cases.", seeds, value)
    return Measured(value, exactly(true >= needed), seeds=seeds)


def _judged_share(
    table: Table, so: Floats, within: tuple[float, float], unit: str, what: str
) -> Measured:
    of = units(table, unit)
    said = ~np.isnan(so)
    true = so[said] == 1
    if not said.any():
        return refused("There is no such run.", unit_count(of), "no such run")
    value = float(seed_shares(of[said], true).mean())
    note = f"{true.sum()} of {len(true)} {what}."
    return judged(value, share_interval(of[said], true), within, unit_count(of), note)


def _share_rule(p: Parameters) -> str:
    limits = [
        f"in at {word} {p[name]:.4g} of the {_units(p['unit'])}"
        for word, name, none in (("least", "at_least", 0), ("most", "at_most", 1))
        if p[name] != none
    ]
    return f"{condition_words(p['column'], p['so'])} {' and '.join(limits)} ({INTERVAL})"


def _units(unit: str) -> str:
    return "runs, in the mean over seeds" if unit == "seed" else "cases"


def _reach(p: Parameters, seeds: int) -> Reach:
    if p["unit"] == ROW:
        return True, True
    return by_counting(p["at_least"], p.get("at_most", 1.0), seeds)


ESTIMATORS = (
    Estimator(
        "share",
        share,
        _share_rule,
        _reach,
        lambda p: (
            'needs "at_least" or "at_most": every share is from 0 to 1.'
            if (p["at_least"], p["at_most"]) == (0, 1)
            else ""
        ),
    ),
    Estimator(
        "never",
        never,
        lambda p: (
            f"{p['column']} not reached in at least {p['at_least']:.4g} of the runs ({INTERVAL})"
        ),
        _reach,
    ),
    Estimator(
        "order-of-events",
        order_of_events,
        lambda p: (
            f"{p['first']} before {p['second']} in at least {p['at_least']:.4g} of the runs "
            f"({INTERVAL})"
        ),
        _reach,
    ),
    Estimator(
        "each",
        each,
        lambda p: (
            f"{condition_words(p['column'], p['so'])} in "
            + (f"at least {p['enough']} cases" if p["enough"] else "every case")
        ),
        always,
    ),
)
