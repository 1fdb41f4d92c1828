"""Settings are named in words, with their units."""

import pytest

from grokphase.telling.axes import axis_label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("recipe.decoder.learning_rate", "decoder learning rate (per step)"),
        ("recipe.embedding.learning_rate", "embedding learning rate (per step)"),
        ("recipe.decoder.weight_decay", "decoder weight decay"),
        ("recipe.batch", "batch size (samples)"),
        ("recipe.steps", "budget (steps)"),
        ("split.fraction", "training fraction of the data"),
        ("model.widths.1", "width of layer 2 (units)"),
        ("recipe.decoder.beta1", "decoder beta1"),
    ],
)
def test_labels_are_words_with_units(name, label):
    assert axis_label(name) == label
