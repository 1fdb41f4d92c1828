"""The records: who holds each track, as rows and as the page `docs/race.md`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from grokphase.races.facts import BASELINE, arms, tracks
from grokphase.races.protocol import LEVEL, compared
from grokphase.races.result import Entry, Race
from grokphase.races.told import HEAD as COLUMNS
from grokphase.races.told import LEAK, WORDS, answer, heading, named, p_text, speed, table

HEAD: Final = (
    *("race", "holder in steps", "steps", "times as fast", "lost again"),
    *("holder in seconds", "date"),
)
"""The columns of the list of records."""
WIDER: Final = f"{BASELINE}-wide"
"""The baseline with rates that its own range leaves out."""


def lines(found: Iterable[Race]) -> list[tuple[str, ...]]:
    """A row a race: who holds its record.

    An arm holds it that is the fastest of those that are faster than tuned AdamW at p < 0.01 and do
    not train on validation samples; where there is none, tuned AdamW holds it; and nobody where
    that did not get there.
    """
    return [_line(each) for each in found]


def holder(found: Race, of: str = "steps") -> Entry | None:
    """Who holds the record of a race, by "steps" or by "seconds"."""
    named = {entry.arm: entry for entry in found.entries}
    winners = found.winners(of)
    entry = named[winners[0] if winners else BASELINE]
    return None if found.medians(entry)["sustained"].median is None else entry


def _line(found: Race) -> tuple[str, ...]:
    first, second = holder(found), holder(found, "seconds")
    steps = None if first is None else found.medians(first)["sustained"].median
    return (
        found.name,
        "nobody" if first is None else first.arm,
        "-" if steps is None else f"{steps:,.0f}",
        "-" if first is None else speed(found.in_steps.get(first.arm)).rstrip("*"),
        "-" if first is None else f"{first.collapsed} of {len(found.seeds)}",
        "nobody" if second is None else second.arm,
        str(found.provenance["finished"])[:10],
    )


TRANSFORM: Final = '''\
from dataclasses import dataclass

import optax

import grokphase as gp
from grokphase.accelerators.settings import real


@dataclass(frozen=True)
class Clipped(gp.accelerators.Accelerator):
    """The raw gradient, its norm clipped."""

    most: float = real(1.0)

    kind = "clipped"
    place = "gradient"

    def transform(self):
        return optax.clip_by_global_norm(self.most)


arm = gp.races.Arm(
    "clipped",
    settings={"recipe.accelerator": "clipped"},
    space={"recipe.accelerator.most": {"from": 0.01, "to": 1.0}},
)
'''
"""A script that adds a transform of Optax, which a test runs."""

_ABOUT: Final = f"""\
# The race

What really brings generalization earlier, under one protocol: every arm, tuned AdamW among them,
tries as many settings, quasi-random ones from its own ranges, on the same tuning seeds; the one
with the least median time to *sustained* generalization then runs on fresh seeds. For a seed all
arms have the same data and the same initial weights, but for what an arm changes of them, so that
they are compared seed by seed, by Wilcoxon's signed-rank test with its exact distribution; p values
are corrected for the number of arms by Holm's method, of each race by itself and of steps and
seconds by themselves: of a hundred such columns about one may have a verdict that is chance. An arm
is called faster than tuned AdamW only at p < {LEVEL}; what was not reached within the budget is
censored, and counts as later than the horizon. Runs of the result go on to the end of the budget,
so that what is lost again is seen. What is found is of small networks and of arms so tuned: other
ranges, or more draws, may give another order. The first draw of an arm is what has been published
for it, where anything has: of other networks, so that it may be the best of one arm and fail for
another. How much of a lead is the search's, `--draws 32 --arms adamw-wide,perp-grad-wide` asks,
with rates up to 0.1: a race of its own, beside that of the usual draws, and
[it may be all of it](#how-much-of-a-lead-is-due-to-the-search). So "tuned AdamW" is to be read as
AdamW tuned by so many draws from this range, and no more. Intervals are over the fresh seeds of the
settings that were chosen; that another search may choose others, for AdamW as for any arm, is not
in them, and a longer one may choose worse, as it decides by two or three tuning seeds. Who holds a
record may lose the goal again later: "lost again" counts such runs.

Seconds are steps times what a step takes of the processor on the machine of the record, all arms
timed in turns in one process; an arm is called faster or slower in seconds only where it is so with
the shortest and with the longest step of these turns. An arm that trains on validation samples too
({LEAK}) holds no record: less is asked of it.

`grokphase race NAME` runs one, and Ctrl-C and the same command again go on where it was;
`--dry-run` says what it takes, `--arms muon,dropout` races these alone.
`grokphase race --records` shows the table below, and this page is made by `make pictures`. From
Python: `found = gp.race("modular-addition", p=59)`, which shows itself, `.plot()`, `.to_pandas()`;
`gp.races.records()` are those below, and `gp.races.read("race/race.json")` is one of yours.

## An arm of your own

`--add my_arm.py`, in Python `add=["my_arm.py"]` or `add=[arm]`, adds an arm: settings of a recipe
or a model by their dotted names, and the ranges from which they are tuned besides learning rate and
weight decay.

```python
import grokphase as gp

arm = gp.races.Arm(
    "patient",
    settings={{"recipe.warmup": 100}},
    space={{"recipe.temperature": {{"from": 0.3, "to": 3.0}}}},
)
```

A space is a range, as here, or a list of the values to choose from. A transform of Optax is an
accelerator of your own, whose numbers are settings too:

```python
{TRANSFORM}```
"""


def page(found: Sequence[Race]) -> str:
    """The page of the records, in Markdown."""
    parts = [_ABOUT, "## Records", "", *_markdown(HEAD, lines(found)), ""]
    if len(found) > 1:
        head = ("arm", *(each.name for each in found))
        parts += ["## All arms on all tracks", "", "![Times as fast](images/race/records.png)", ""]
        parts += [
            "Times as fast as tuned AdamW, in steps; a dash: one of the two was not reached.",
            "",
        ]
        parts += [*_markdown(head, overview(found)), ""]
    if rows := [row for each in found for row in against_wider(each)]:
        parts += [
            "## How much of a lead is due to the search",
            "",
            *_searched(found),
            *_markdown(_WIDER_HEAD, rows),
            "",
        ]
    for each in found:
        parts += [f"## {each.name}", "", f"![{each.title}](images/race/{each.name}.png)", ""]
        parts += [heading(each), "", *_markdown(COLUMNS, table(each)), ""]
        parts += [f"- {sentence}" for sentence in answer(each)]
        parts += [f"- Left out, {name}: {why}" for name, why in each.left_out.items()]
        parts += [f"- {note}." for note in each.notes]
        parts += [f"- Made {each.provenance['finished'][:10]} {_where(each)}.", ""]
        parts += ["They raced with:", "", *_markdown(_CHOSEN, _chosen(each)), ""]
    parts += ["## What the columns say", "", WORDS, "", *_arms(), "", *_tracks()]
    return "\n".join(parts) + "\n"


def overview(found: Sequence[Race], *, intervals: bool = True) -> list[tuple[str, ...]]:
    """A row an arm: how many times as fast it is in the steps of each race; empty without it."""
    arms = dict.fromkeys(entry.arm for each in found for entry in each.entries)
    return [(arm, *(_in_steps(each, arm, intervals) for each in found)) for arm in arms]


def _searched(found: Sequence[Race]) -> list[str]:
    """What AdamW takes where one track was raced with several numbers of draws."""
    of: dict[tuple[str, int | None, str], list[Race]] = {}
    for each in found:
        of.setdefault((each.track, each.p, each.scale), []).append(each)
    said = []
    for (track, p, _), races in of.items():
        took = {each.draws: each.medians(each.baseline)["sustained"].median for each in races}
        if len(took) > 1 and None not in took.values():
            steps = ", ".join(f"{took[draws]:,.0f} by {draws}" for draws in sorted(took))
            said.append(f"{track}{'' if p is None else f' (p = {p})'}: {steps}")
    return [f"Median steps of AdamW as tuned by so many draws: {'; '.join(said)}.", ""] * bool(said)


_WIDER_HEAD: Final = (
    *("race", "draws an arm", "arm", "reached", "steps", "lost", "times as fast as AdamW"),
    *("as AdamW with rates up to 0.1", "p"),
)


def against_wider(found: Race) -> list[tuple[str, ...]]:
    """A row an arm, the fastest first, against AdamW of a wider range as well; none without it.

    Of all arms but that one, p values are corrected as those of a race are.
    """
    times, until = {each.arm: each.steps() for each in found.entries}, float(found.horizon)
    if WIDER not in times:
        return []
    wider = times.pop(WIDER)
    against = compared(times, wider, dict.fromkeys(times, until), until)
    return [
        (
            found.name,
            f"{found.draws}",
            row["arm"],
            f"{row['reached']}/{row['runs']}",
            "-" if row["sustained_median"] is None else f"{row['sustained_median']:,.0f}",
            f"{row['collapsed']}",
            speed(found.in_steps.get(row["arm"])),
            speed(against.get(row["arm"])),
            p_text(against.get(row["arm"])),
        )
        for row in found.rows()
    ]


def _in_steps(found: Race, arm: str, intervals: bool) -> str:
    if arm not in {entry.arm for entry in found.entries}:
        return ""
    told = speed(found.in_steps.get(arm), interval=intervals)
    return f"{told}{LEAK if found.leaks(arm) else ''}"


def by_arm(found: Iterable[Race]) -> dict[str, list[tuple[str, str, float | None]]]:
    """Of each arm what came of it on the tracks with a delay: its verdict in steps, in words, and
    the most times as fast as AdamW that it may be, by its interval; None where that is open.

    One that trains on validation samples is neither faster nor slower: less was asked of it.

    Example:
        >>> from grokphase.races.result import example
        >>> verdict, told, most = by_arm([example()])["twice"][0]
        >>> print(verdict, round(most, 2), told, sep="\\n")
        faster
        2.0
        [example-quick](race.md#example-quick): twice is 2.00 [2.00, 2.00] times as fast as tuned \
AdamW in steps, p = 9.2e-05, 4 draws an arm, 16 seeds.
    """
    arms: dict[str, list[tuple[str, str, float | None]]] = {}
    for each in found:
        for arm, one in each.in_steps.items() if each.expects == "delay" else ():
            told = (
                f"[{each.name}](race.md#{each.name}): {named(each, arm)} is "
                f"{speed(one).rstrip('*')} times as fast as tuned AdamW in steps, p = "
                f"{p_text(one)}, {each.draws} draws an arm, {len(each.seeds)} seeds"
                f"{_donor(each, arm)}."
            )
            arms.setdefault(arm, []).append((one.verdict, told, one.high))
    return arms


def _donor(found: Race, arm: str) -> str:
    counted = any(entry.donor_steps for entry in found.entries if entry.arm == arm)
    return ", steps of its donor counted" if counted else ""


_CHOSEN: Final = ("arm", "settings", "draw", "draws that held the goal")


def _chosen(found: Race) -> list[tuple[str, ...]]:
    return [
        (
            each.arm,
            ", ".join(f"`{name}={_word(value)}`" for name, value in each.settings.items()),
            f"{each.draw + 1}",
            f"{each.draws_reached} of {found.draws}",
        )
        for each in found.ranked
    ]


def _word(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _where(found: Race) -> str:
    made = found.provenance
    return f"on {made.get('processor', 'an unknown processor')}, numerics {made.get('numerics')}"


def _arms() -> list[str]:
    rows = [
        (f"`{each.name}`", each.title, ", ".join(f"`{n}`" for n in each.space), each.source)
        for each in arms().values()
    ]
    return ["## Arms", "", *_markdown(("arm", "what it is", "tuned", "source"), rows)]


def _tracks() -> list[str]:
    rows = [
        (f"`{each.name}`", each.title, ", ".join(map(str, each.p)) or "-", each.expects)
        for each in tracks().values()
    ]
    return ["## Tracks", "", *_markdown(("track", "what is learned", "p", "expects"), rows)]


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    told = [" | ".join(cell.replace("|", "\\|") or " " for cell in row) for row in rows]
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {row} |" for row in told)]
