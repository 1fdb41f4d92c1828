"""Cells lie on their values, whatever the scale."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grokphase.phases import Axis
from grokphase.plotting.axes import cell_centres, cell_edges

ascending = st.lists(
    st.floats(1e-6, 1e6, allow_subnormal=False), min_size=2, max_size=30, unique=True
).map(sorted)


@given(ascending, st.sampled_from(["linear", "log", "list"]))
def test_every_value_lies_inside_its_own_cell(values, scale):
    axis = Axis("recipe.decoder.weight_decay", tuple(values), scale)
    edges, centres = cell_edges(axis.values, scale), cell_centres(axis)
    assert len(edges) == len(values) + 1
    assert (np.diff(edges) >= 0).all()
    assert (edges[:-1] <= centres * (1 + 1e-9)).all()
    assert (centres <= edges[1:] * (1 + 1e-9)).all()


def test_a_log_range_has_cells_of_one_ratio_centred_on_their_values():
    values = np.geomspace(1e-5, 1e-2, 16)
    edges = cell_edges(values, "log")
    np.testing.assert_allclose(edges[1:] / edges[:-1], values[1] / values[0])
    np.testing.assert_allclose(np.sqrt(edges[1:] * edges[:-1]), values)


def test_a_list_has_equal_cells_however_far_its_values_are_apart():
    np.testing.assert_array_equal(np.diff(cell_edges((1, 2, 1000), "list")), 1)
