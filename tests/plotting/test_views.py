"""A run through its training, as stills and as a moving picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.plotting.fakes import made_up_views

import grokphase as gp
from grokphase.plotting.views import animate, views_figure

VIEWS = made_up_views()


def test_there_is_a_column_for_each_still_on_axes_of_one_range() -> None:
    figure = views_figure(VIEWS, [0, 100])
    losses, *panels = figure.axes
    assert len(panels) == 2 * 6  # plane, three spectra, neuron, attention
    assert [axes.get_title() for axes in panels[:2]] == ["step 0", "step 100"]
    for left, right in zip(panels[::2], panels[1::2], strict=True):
        assert left.get_ylim() == right.get_ylim()
    small, large = (axes.collections[0].get_offsets() for axes in panels[:2])
    np.testing.assert_allclose(large, 10 * np.asarray(small))
    standing = {float(line.get_xdata()[0]) for line in losses.lines if len(line.get_xdata()) == 2}
    assert {0.0, 100.0} <= standing
    named = {line.get_gid(): line for line in losses.lines}
    np.testing.assert_allclose(
        named["restricted_loss"].get_ydata(), VIEWS.losses["restricted_loss"]
    )


def test_a_neuron_is_drawn_in_the_order_of_angles() -> None:
    image = views_figure(VIEWS, [100]).axes[5].images[0].get_array()
    p = len(image)
    angle = 2 * np.pi * np.arange(p) / p
    np.testing.assert_allclose(image, np.cos(angle[:, None] + angle), atol=1e-9)


def test_a_step_that_was_not_kept_is_refused() -> None:
    with pytest.raises(gp.GrokphaseError, match="No step is given"):
        VIEWS.plot([])
    with pytest.raises(gp.GrokphaseError, match="at step 50 were not kept; those at 0, 10, 100"):
        VIEWS.plot([50])


def test_what_is_missing_has_no_panel() -> None:
    less = replace(VIEWS, attention=None, spectra={}, planes=(), keys=(), losses={})
    assert len(views_figure(less, [0]).axes) == 2


def test_a_moving_picture_has_a_frame_for_each_step(tmp_path: Path) -> None:
    path = VIEWS.animate(tmp_path / "new" / "circuit.gif", per_second=5)
    with Image.open(path) as image:
        assert image.n_frames == 3  # the last stands for a while
        assert image.info["duration"] == 200
    with pytest.raises(gp.GrokphaseError, match=r'is a GIF: write ".*circuit.gif"'):
        animate(VIEWS, tmp_path / "circuit.mp4")
    still = replace(VIEWS, steps=VIEWS.steps[:1])
    with pytest.raises(gp.GrokphaseError, match="--keep-weights log"):
        animate(still, tmp_path / "circuit.gif")
