"""Figure 2: circles, parallelograms, and the decoder over the plane."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grokphase import studies
from grokphase.studies import FigureResult, Work, judging
from grokphase.studies.figure import computed
from grokphase.studies.liu2022 import planes
from grokphase.tasks import Split, task

STUDY = studies.study("liu2022")


def settings(figure: str) -> studies.paper.Settings:
    """Of a figure at the quick scale."""
    (found,) = STUDY.select(figure)
    return found.settings["quick"]


def result(figure: str, data: dict[str, Any]) -> FigureResult:
    return FigureResult("liu2022", figure, "quick", "2 seeds.", data, 4, 99, 1.0, "0", "", "")


def ring(frequency: int = 3, p: int = 11) -> np.ndarray:
    angle = 2 * np.pi * frequency * np.arange(p) / p + 0.3
    return np.stack([4 + 2 * np.cos(angle), 2 * np.sin(angle) - 1], axis=1)


@pytest.mark.parametrize("frequency", [1, 2, 5])
@pytest.mark.parametrize("way", [1, -1])
def test_circles_of_every_frequency_and_both_ways_round_fit(frequency: int, way: int) -> None:
    points = ring(frequency) * np.array([1, way])
    residual, found = planes.circle_residual(points)
    assert residual == pytest.approx(0, abs=1e-12)
    assert found == frequency


def test_what_is_no_circle_does_not_fit() -> None:
    line = np.arange(11)[:, None] * np.array([[1.0, 2.0]])
    assert planes.circle_residual(line)[0] > 0.4  # a line is two circles, one each way round
    cloud = np.random.default_rng(0).standard_normal((11, 2))
    assert planes.circle_residual(cloud)[0] > 0.3


def test_decoder_answers_as_the_network_does() -> None:
    from grokphase.tasks import stream

    spec = planes.network(settings("fig2b"), "fast", seed=0)
    network = spec.model.build(spec.task, stream(0, "initial"), spec.initial)
    assert spec.initial is not None
    sums = np.asarray(spec.initial.embedding)[spec.task.inputs].sum(axis=1)
    expected = np.asarray(network(spec.task.inputs)).argmax(axis=1)
    assert (planes.decode(spec.initial.layers, sums) == expected).all()


def test_new_samples_have_no_trained_mirror_image() -> None:
    ordered = task("addition", p=5, pairs="ordered")
    train, validation = Split(fraction=0.8).indices(ordered, seed=0)
    trained = {tuple(pair) for pair in ordered.inputs[train].tolist()}
    new = planes.new_samples(ordered, train)
    assert set(new.tolist()) <= set(validation.tolist())
    assert all((j, i) not in trained for i, j in ordered.inputs[new].tolist())
    assert np.isin(ordered.labels[new], ordered.labels[train]).all()
    unordered = task("modular-addition", p=5, pairs="unordered")
    train, validation = Split(fraction=0.8).indices(unordered, seed=0)
    assert planes.new_samples(unordered, train).tolist() == validation.tolist()


def test_initial_embeddings_are_normal_and_shared_between_settings() -> None:
    def drawn(way: str, seed: int) -> np.ndarray:
        initial = planes.network(settings("fig2a"), way, seed).initial
        assert initial is not None
        return np.asarray(initial.embedding)

    assert np.array_equal(*(drawn(way, 3) for way in planes.WAYS))
    many = np.concatenate([drawn("fast", seed) for seed in range(20)])
    assert many.mean() == pytest.approx(1, abs=0.15)
    assert many.std() == pytest.approx(1, abs=0.15)


def found(seed: int, *, new: float, ordered: bool, setting: str) -> dict[str, Any]:
    points = ring() if ordered else np.random.default_rng(seed).standard_normal((11, 2))
    residual, frequency = planes.circle_residual(points)
    low, high = points.min(axis=0) - 1, points.max(axis=0) + 1
    return {
        "setting": setting,
        "seed": seed,
        "train": 1.0,
        "validation": new,
        "new": new,
        "rqi": 0.8 if ordered else 0.1,
        "line": 0.5,
        "circle": residual,
        "frequency": frequency,
        "embedding": points.tolist(),
        "extent": [low[0], high[0], low[1], high[1]],
        "classes": ["012345678a"] * 10,
    }


def figure_of(pattern: list[tuple[float, bool]], *, cyclic: bool = True) -> dict[str, Any]:
    """A run for each (accuracy on new pairs, structured), first the notebook's, then the others."""
    half = len(pattern) // 2
    runs = [
        found(k % half, new=new, ordered=ordered, setting="notebook" if k < half else "fast")
        for k, (new, ordered) in enumerate(pattern)
    ]
    start = {key: runs[0][key] for key in ("seed", "embedding", "extent", "classes")}
    return {
        "symbols": 11,
        "cyclic": cyclic,
        "settings": {"notebook": "as in the notebook", "fast": "fast decoder"},
        "runs": runs,
        "starts": [start] * half,
        "movie": {
            "setting": "fast",
            "seed": 0,
            "step": [0, 10, 20],
            "train": [0.1, 0.5, 1.0],
            "validation": [0.1, 0.2, 1.0],
            "embedding": [runs[-1]["embedding"]] * 3,
        },
    }


GOOD, BAD, ODD, LUCK = (1.0, True), (0.2, False), (0.2, True), (1.0, False)


def measured(claim: str, data: dict[str, Any]) -> str:
    (found,) = STUDY.select_claims(claim)
    return judging.measured(STUDY, found, [result(found.needs[0], data)]).verdict


@pytest.mark.parametrize(("figure", "word"), [("fig2a", "addition"), ("fig2b", "modular-addition")])
def test_claims_hold_and_fail(figure: str, word: str) -> None:
    def verdicts(pattern: list[tuple[float, bool]]) -> list[str]:
        data = figure_of(pattern, cyclic=figure == "fig2b")
        return [measured(f"plane-{word}-{name}", data) for name in ("structure", "coincidence")]

    assert verdicts(([GOOD] * 8 + [BAD]) * 2) == ["holds", "holds"]
    assert verdicts(([LUCK] * 8 + [ODD]) * 2) == ["fails", "fails"]
    # A setting of which all do and one of which none does say nothing about one network.
    assert verdicts([BAD] * 9 + [GOOD] * 9) == ["holds", "inconclusive"]
    assert verdicts([ODD] * 12) == ["inconclusive", "inconclusive"]


def test_networks_with_the_numbers_of_the_notebook() -> None:
    def verdict(pattern: list[tuple[float, bool]]) -> str:
        return measured("plane-addition-published-settings", figure_of(pattern, cyclic=False))

    assert verdict([LUCK] * 8 + [BAD] * 8) == "holds"
    assert verdict([ODD] * 8 + [GOOD] * 8) == "fails"


def test_what_is_drawn() -> None:
    data = figure_of([GOOD, BAD, GOOD, ODD])
    (found,) = STUDY.select("fig2b")
    picture = studies.draw(STUDY, found, result("fig2b", data))
    assert len([axes for axes in picture.axes if axes.images]) == 6
    titles = planes.panels(figure_of([GOOD, BAD], cyclic=False))["title"]
    assert titles[0] == "seed 0"
    assert titles[1:] == [
        "train 100%, new 100%\nRQI 0.80, line: 0.50 left",
        "train 100%, new 20%\nRQI 0.10, line: 0.50 left",
    ]
    assert planes.moving(data)[:6] == b"GIF89a"


@pytest.mark.parametrize("figure", ["fig2a", "fig2b"])
def test_the_sentence_says_the_numbers(figure: str) -> None:
    (found,) = STUDY.select(figure)
    for way in planes.WAYS:
        given = settings(figure)[way]
        rates = f"rates {given['embedding_rate']:g} and {given['decoder_rate']:g}"
        widths = "-".join(map(str, given["widths"]))
        for words in (rates, f"decay {given['decoder_decay']:g}", f"decoder 2-{widths} on the"):
            assert words in found.text["quick"]


@pytest.mark.slow
def test_a_figure_of_short_runs() -> None:
    (found,) = STUDY.select("fig2b")
    short = {way: {**settings("fig2b")[way], "widths": [8]} for way in planes.WAYS}
    steps = {f"{way}_steps": 20 for way in planes.WAYS}
    quick = {**settings("fig2b"), **short, **steps}
    figure = replace(found, settings={"quick": quick, "paper": quick})
    data = computed(STUDY, figure, Work("quick", workers=1)).data
    assert len(data["runs"]) == 10
    assert data["cyclic"]
    assert np.shape(data["movie"]["embedding"])[1:] == (11, 2)
    assert all(len(row) == planes._GRID for row in data["runs"][0]["classes"])
