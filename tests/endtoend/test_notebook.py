"""A real notebook: what stands at the end of a cell is seen, once, and progress leaves no trace."""

from __future__ import annotations

import base64
import io
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

TRAINED = """
import grokphase as gp
recipe = gp.Recipe(steps=30)
model = gp.Toy(widths=(24, 24))
x, y = "recipe.decoder.learning_rate=1e-3,1e-2", "recipe.decoder.weight_decay=0,1"
found = gp.phase_map("addition", model, recipe, x=x, y=y, workers=1, store={store!r})
run = gp.train("addition", model, recipe, store={store!r})
"""
SLOW = """
from grokphase.training.progress import Progress
from grokphase.training.shown import shown
with shown("auto") as told:
    for second in range(6):
        told(Progress(second, 6, 100 * second, 600, float(second), None, None, {}))
"""
AXES = """
import matplotlib.pyplot as plt
_, (left, right) = plt.subplots(1, 2)
found.plot(ax=left)
run.plot(ax=right)
"""
CELLS = {
    "trained": TRAINED,
    "map": "found",
    "map drawn": "found.plot()",
    "run drawn": "run.plot()",
    "kept for later": "figure = found.plot()",
    "slow": SLOW,
    "inline": "%matplotlib inline",
    "map drawn inline": "found.plot()",
    "run drawn inline": "run.plot()",
    "axes": AXES,
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What each cell showed; its runs were trained here, where nothing has to be compiled anew."""
    trained = TRAINED.format(store=str(tmp_path_factory.mktemp("notebook") / "store"))
    exec(trained, {})
    cells = [nbformat.v4.new_code_cell(text) for text in {**CELLS, "trained": trained}.values()]
    NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=120).execute()
    return dict(zip(CELLS, (cell.outputs for cell in cells), strict=True))


def pictures(outputs: list[Any]) -> list[Image.Image]:
    data = [output.get("data", {}).get("image/png") for output in outputs]
    return [Image.open(io.BytesIO(base64.b64decode(each))) for each in data if each]


@pytest.mark.parametrize(
    "cell", ["map drawn", "run drawn", "map drawn inline", "run drawn inline", "axes"]
)
def test_a_figure_is_seen_once(outputs: dict[str, list[Any]], cell: str) -> None:
    (picture,) = pictures(outputs[cell])
    assert min(picture.size) > 200
    assert len(picture.convert("RGB").getcolors(2**24) or []) > 20


def test_a_figure_that_is_kept_is_not_shown(outputs: dict[str, list[Any]]) -> None:
    assert outputs["kept for later"] == []


def test_a_picture_says_how_large_it_is_on_the_page(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs["map drawn"]
    (picture,) = pictures([shown])
    size = shown.metadata["image/png"]
    assert picture.size == (2 * size["width"], 2 * size["height"])


def test_a_map_shows_itself_as_html_and_text(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs["map"]
    assert "<svg" in shown.data["text/html"]
    assert shown.data["text/plain"].startswith("PhaseMap of 4 cells")


def test_progress_leaves_nothing_to_read(outputs: dict[str, list[Any]]) -> None:
    (left,) = outputs["slow"]
    assert set(left.data.values()) == {""}
    assert all(set(output.data.values()) == {""} for output in outputs["trained"])
