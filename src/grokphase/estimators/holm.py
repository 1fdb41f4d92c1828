"""Which verdicts of a family of claims survive that there are so many of them.

A verdict that rests on an interval of 5 % on each side is wrong in at most 5 % of the cases; of
twelve looks at one thing one is, by chance, in up to 46 %. Holm's step-down rule keeps the chance
that any verdict of the family is wrong at 5 %: of n claims those stay that are decided by intervals
of 5 % / n on each side; if k are, the others are asked again at 5 % / (n - k), and so on until
nothing more is decided.

That is true as far as an interval of 5 % / n misses no more than that on each side. Exact ones do
not (shares, counts, coincidences). Resampled ones are widened for few seeds where they are stricter
than usual, and say nothing where n seeds cannot tell (see `intervals.resampled`), and then it is
true of values that are near a normal distribution: of twelve means, each claimed to be above what
it is, any survives in 0, 5 and 4 % of families at 5, 10 and 20 seeds (measured; by single verdicts
82, 66 and 58 %). It is not true of means of skewed values whose rare ones contradict the claim:
exponential ones survive in 50, 23 and 20 % of families at 10, 20 and 40 seeds. Ask for a median of
such.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from grokphase.estimators import intervals
from grokphase.estimators.measured import Verdict

Name = TypeVar("Name", bound=Hashable)


def holm(
    verdicts_at: Mapping[Name, Callable[[float], Verdict]], tail: float | None = None
) -> dict[Name, Verdict]:
    """The verdicts of a family of claims, corrected for their number.

    Args:
        verdicts_at: of each claim, its verdict by an interval with a given probability on each
            side (as within `at_confidence(1 - 2 * tail)`); one that was decided must stay so where
            the probability is larger, as intervals are nested.
        tail: the chance that any verdict is wrong; that of a single verdict, where it is not given.

    Returns:
        By claim: its verdict where that survives, else "inconclusive". A claim that is inconclusive
        by itself counts in n, and is not asked again; so is one that was not run, but for n.

    Example:
        >>> def decided_from(least):  # a p-value
        ...     return lambda tail: "holds" if least <= tail else "inconclusive"
        >>> family = {"a": decided_from(0.01), "b": decided_from(0.02), "c": decided_from(0.04)}
        >>> holm(family, tail=0.05)
        {'a': 'holds', 'b': 'holds', 'c': 'holds'}
        >>> holm({**family, "d": decided_from(0.9)}, tail=0.05)
        {'a': 'holds', 'b': 'inconclusive', 'c': 'inconclusive', 'd': 'inconclusive'}

    The first step (Bonferroni) needs nothing of how the claims depend on each other, nor do the
    others as far as what is decided is right; that a claim is decided for the wrong side counts as
    the error that it is, for independent claims (Shaffer).

    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65; Shaffer 1980, The Annals of
    Statistics 8, 1342.
    """
    level = intervals.tail() if tail is None else tail
    alone = {name: verdict_at(level) for name, verdict_at in verdicts_at.items()}
    asked = sum(verdict != "not run" for verdict in alone.values())
    open_ = [name for name, verdict in alone.items() if verdict in ("holds", "fails")]
    kept: dict[Name, Verdict] = {}
    while open_:
        stricter = level / (asked - len(kept))
        found = {name: verdicts_at[name](stricter) for name in open_}
        new = {name: one for name, one in found.items() if one == alone[name]}
        if not new:
            break
        kept |= new
        open_ = [name for name in open_ if name not in new]
    return {
        name: kept.get(name, "not run" if verdict == "not run" else "inconclusive")
        for name, verdict in alone.items()
    }
