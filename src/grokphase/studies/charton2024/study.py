"""Counts and accuracies that follow from rules, beside those that were published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import grokphase as gp
from grokphase.studies import Given, in_columns
from grokphase.studies.charton2024.rules import (
    LARGEST,
    all_powers,
    ceiling,
    pairs_by_divisor,
    predicted,
    products,
    share,
)
from grokphase.studies.published import published

Table = dict[str, list[Any]]

FOLDER = Path(__file__).parent
COUNTED = sum(share(k) for k in range(1, LARGEST + 1))  # of all pairs, those with divisors to 100


def theirs(name: str) -> list[dict[str, Any]]:
    """The rows of a published table."""
    columns = published(FOLDER, name).columns
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def shares(given: Given) -> Table:
    """How many pairs have which divisor: counted, and by Cesaro's law."""
    most = given.settings["most"]
    counts = pairs_by_divisor(most)
    rows = [
        {"divisor": k, "counted": int(count) / most**2, "law": share(k)}
        for k, count in enumerate(counts, start=1)
    ]
    return in_columns(rows)


def ceilings(given: Given) -> Table:
    """Accuracies: published, by the closed form, and of pairs that are drawn and answered."""
    settings, rows = given.settings, []
    for known in theirs("bases"):
        base = int(known["base"])
        right = products(all_powers(base, LARGEST))
        highest = ceiling(base)
        of_counted = sum(share(k) for k in right) / COUNTED
        for seed in range(settings["seeds"]):
            simulated = answered(base, settings["most"], settings["pairs"], seed)
            rows.append(
                {
                    "base": base,
                    "seed": seed,
                    "ceiling": highest,
                    "ceiling_to_100": of_counted,
                    "simulated": simulated,
                    "difference": simulated - highest,
                    "published": known["accuracy"] / 100,
                    "above": known["accuracy"] / 100 - highest,
                    "above_to_100": known["accuracy"] / 100 - of_counted,
                    "count": len(right),
                    "complete": len(right) == known["divisors"],
                }
            )
    return in_columns(rows)


def answered(base: int, most: int, pairs: int, seed: int) -> float:
    """The share of random pairs to which the rules give the right answer, all powers told."""
    first, second = gp.tasks.stream(seed, "pairs").integers(1, most + 1, (2, pairs))
    divisors, counts = np.unique(np.gcd(first, second), return_counts=True)
    right = products(all_powers(base, most), most)
    known = [predicted(k, right) == k for k in divisors.tolist()]
    return float(counts[known].sum() / pairs)


def counts(given: Given) -> Table:
    """How many divisors follow from the powers that are said to be told."""
    rows = []
    for known in theirs("learned"):
        powers = [int(power) for power in str(known["powers"]).split()]
        base = int(known["base"])
        count = len(products(powers))
        rows.append(
            {
                "place": str(known["place"]),
                "base": base,
                "run": str(known["run"]),
                "count": count,
                "published": int(known["divisors"]),
                "agree": count == int(known["divisors"]),
            }
        )
    return in_columns(rows)


def digits(given: Given) -> Table:
    """Powers of the base's primes that are told, and how many last digits tell them."""
    rows = []
    for known in theirs("learned"):
        base = int(known["base"])
        for power in (int(word) for word in str(known["powers"]).split()):
            needed = next((k for k in range(1, 8) if base**k % power == 0), None)
            if known["place"] != "step" and needed is not None:
                row = {"base": base, "run": str(known["run"]), "power": power, "digits": needed}
                rows.append({**row, "large": base > LARGEST})
    return in_columns(rows)


def predictions(given: Given) -> Table:
    """What pairs with a divisor are answered: by the third rule, and published."""
    learned = {row["run"]: row for row in theirs("learned")}
    rows = []
    for known in theirs("predictions"):
        for base in (2, 10):
            powers = [int(word) for word in str(learned[str(base)]["powers"]).split()]
            divisor, answer = int(known["divisor"]), int(known[f"base_{base}"])
            ours = predicted(divisor, products(powers))
            row = {"base": base, "divisor": divisor, "predicted": ours, "published": answer}
            rows.append({**row, "agree": ours == answer})
    return in_columns(rows)


def epochs(given: Given) -> Table:
    """When powers of primes that are none of the base's were learned."""
    return in_columns(
        {"run": str(row["run"]), "power": int(row["power"]), "epoch": int(row["epoch"])}
        for row in theirs("epochs")
    )
