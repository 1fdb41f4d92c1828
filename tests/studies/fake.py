"""A study of nobody's paper: one figure of two runs, one theorem, and claims that can fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grokphase as gp
from grokphase.estimators.intervals import mostly, within
from grokphase.studies import Claim, Figure, FigureResult, Measured, Study, Work

SEEDS = (1, 2)


def losses(work: Work) -> dict[str, Any]:
    model = gp.Toy(widths=(8,))
    recipe = gp.Recipe(steps=work.choose(quick=50, paper=100))
    specs = [gp.run_spec("addition", model, recipe, seed=seed) for seed in SEEDS]
    return {"loss": [record.final["train_loss"] for record in work.train(specs)]}


def draw(result: FigureResult) -> Any:
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(2, 2))
    picture.subplots().plot(result.data["loss"])
    return picture


def below_two(data: Mapping[str, Any]) -> Measured:
    values = data["fig1"]["loss"]
    return Measured(max(values), mostly(sum(v < 2 for v in values), len(values)), None, len(values))


STUDY = Study(
    name="fake",
    citation="N. Body (2026), Nothing",
    figures=(
        Figure(
            "fig1",
            "Figure 1",
            "Losses of two networks",
            losses,
            draw,
            {"quick": "2 seeds, 50 steps", "paper": "2 seeds, 100 steps"},
        ),
        Figure("fig10", "Figure 10", "Nothing", lambda work: {}, draw, {"quick": "", "paper": ""}),
    ),
    claims=(
        Claim("below", "Figure 1", "The loss is below 2.", "< 2", "max < 2", ("fig1",), below_two),
        Claim(
            "theorem",
            "Eq. 1",
            "One and one are two.",
            "2",
            "exactly 2",
            (),
            lambda data: Measured(2, within((2, 2), 2, 2)),
        ),
    ),
)
