"""The benchmark as a table of text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokphase.forecasting.benchmark import Benchmark, FamilyScore
    from grokphase.forecasting.scoring import Score

_HEAD = (
    f"  {'forecaster':<22}{'error':>6}{'mean':>6}{'CRPS':>6}{'log':>6}"
    f"{'50 %':>6}{'90 %':>6}{'AUROC':>7}{'caught':>7}{'alarms':>7}{'quiet':>6}{'alarms':>7}"
)

WORDS = """\
error, mean: median and mean relative error of the delay, over runs that generalize. CRPS: of
ln(steps from now). log: mean log score over all runs, in nats. Lower is better in all four.
50 %, 90 %: share of delays inside the intervals. AUROC: of the probability of generalizing within
the budget. caught: runs that generalize which were called so, at the threshold that catches 80 %
of those of the validation families; alarms: runs that do not generalize which were called so.
quiet: runs that generalize which were called so at the threshold, one at all times, at which one
in ten false alarms was given of families left out of the fit; alarms: false ones at it.
sooner: runs that generalize within ten evaluations of memorization; their delays are too short for
the grid and are left out. floor: median error of predicting a run by the other seeds of its cell;
no forecast from settings can be expected to be better. A dash: no run to say it from.
Division is multiplication, on which was fitted, with a symbol renamed: without it stand the scores
of tasks that were never seen by any name."""


def draw(found: Benchmark) -> str:
    """The table of a benchmark: of families together at all times, then family by family."""
    together = [each for each in reversed(found.families) if each not in found.single]
    fitted, chosen = found.fitted["train"], found.fitted["validation"]
    lines = [
        f'Forecasts of the delay on the families of "{found.split}", none of which was fitted on.',
        f"Fitted on {fitted['runs']:,} runs of {len(fitted['families'])} families (digest "
        f"{fitted['digest'][:12]}), chosen on {chosen['runs']:,} of {len(chosen['families'])}.",
    ]
    for several in together:
        lines += ["", *_block(several, list(dict.fromkeys(each.at for each in several.scores)))]
    for family in found.single:
        lines += ["", *_block(family, ["memorization"])]
    return "\n".join([*lines, "", WORDS])


def _block(family: FamilyScore, times: list[str]) -> list[str]:
    floor = f"floor {share(family.floor)} of {family.floor_runs} runs"
    soon = f" ({family.soon:,} sooner)" if family.soon else ""
    lines = [
        f"{family.name}: {family.runs:,} runs, {family.generalizing:,} generalize ten evaluations "
        f"after memorization or later{soon}",
        f" {floor}",
    ]
    for at in times:
        name = "at memorization" if at == "memorization" else f"after {at} of the delay"
        lines += [f" {name}", _HEAD]
        lines += [_line(each) for each in (*family.scores, *family.within) if each.at == at]
    return lines


def _line(score: Score) -> str:
    return (
        f"  {score.name:<22}{share(score.median_error):>6}{share(score.mean_error):>6}"
        f"{_number(score.crps):>6}{_number(score.log_score):>6}{share(score.coverage50):>6}"
        f"{share(score.coverage90):>6}{_number(score.auroc):>7}{share(score.caught):>7}"
        f"{share(score.false_alarms):>7}{share(score.caught_quiet):>6}"
        f"{share(score.false_alarms_quiet):>7}"
    )


def share(value: float) -> str:
    """A share in percent; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.0%}"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"
