"""Figures 8, 19 and 20: images."""

from __future__ import annotations

import numpy as np
import pytest
from tests.studies.test_transformers import a_map

from grokphase import studies, theory
from grokphase.plain import plain
from grokphase.studies import Given
from grokphase.studies.liu2022 import digits
from grokphase.tasks import task

STUDY = studies.study("liu2022")


def settings(figure: str, scale: str = "quick") -> studies.paper.Settings:
    (found,) = STUDY.select(figure)
    return found.settings[scale]


def test_few_images_are_one_batch():
    batches = {
        labels["size"]: spec.recipe.batch for labels, spec in digits.sizes(settings("fig20"))
    }
    assert batches == {64: 64, 128: 128, 256: 200, 1024: 200}


def test_rates_and_decays_of_the_two_parts():
    spec = next(iter(digits.learners(settings("fig8a"))))[1]
    assert spec.recipe.embedding.weight_decay == spec.recipe.decoder.weight_decay == 0.3
    assert (spec.split.count, spec.task.test, spec.recipe.stop) == (1000, 2000, "budget")


def test_rows_of_larger_decay():
    assert digits.more_decay(a_map("GG", "CC")) == 1
    assert digits.more_decay(a_map("CG", "GG")) < 0
    assert np.isnan(digits.more_decay(a_map("GG", "GG")))


def test_the_effective_loss_is_lowered_by_either_reading():
    few = {**settings("fig19"), "images": 60, "steps": 2}
    found = task("mnist", test=1)
    images, labels = found.inputs[:60], found.labels[:60]
    paths = [digits._path(reading, images, labels, few, seed=0) for reading in digits.READINGS]
    assert np.array_equal(paths[0][0], paths[1][0])  # one random encoder
    for path in paths:
        losses = [theory.image_loss(points, labels)[0] for points in path]
        assert losses[-1] < losses[0]
        assert len(path) == 3
    moved = np.abs(paths[0][1] - paths[0][0])
    assert moved.max() == pytest.approx(few["rate"], rel=1e-3)  # Adam's first step


def test_figure_19_can_be_drawn():
    (figure,) = STUDY.select("fig19")
    few = {**settings("fig19"), "images": 60, "steps": 1, "shown": [0, 1], "seeds": 2}
    data = plain(digits.effective_loss(Given("quick", few)))
    assert data["reading"] == ["embeddings", "embeddings", "encoder", "encoder"]
    made = studies.FigureResult("liu2022", "fig19", "quick", "", data, 0, 0, 1.0, "0", "", "")
    assert len(studies.draw(STUDY, figure, made).get_axes()) >= 4


def test_one_point_other_than_zero_is_a_minimum():
    assert digits.one_point({})["loss"] == pytest.approx([0, 0], abs=1e-12)
