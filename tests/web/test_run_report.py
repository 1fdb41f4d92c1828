"""The page of a run holds its views as they are, and loads nothing."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.plotting.fakes import made_up_record, made_up_views
from tests.web.test_report import Page, needs_node

import grokphase as gp
from grokphase.training.views import Views
from grokphase.web.run_report import render, run_data

VIEWS = made_up_views()


@pytest.fixture(scope="module")
def text() -> str:
    return render(VIEWS, [("phase", "grokking")], "grokphase train <x>")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_points_and_maps_are_those_of_the_views(page: Page) -> None:
    data, p = page.data, 7
    stream = zlib.decompress(base64.b64decode(data["packed"]))
    assert data["steps"] == [0, 10, 100]
    for given, plane in zip(data["planes"], VIEWS.planes, strict=True):
        reach = np.abs(plane.points).max()
        codes = np.frombuffer(stream, "<i2", plane.points.size, 2 * given["first"])
        np.testing.assert_allclose(codes / 32767 * reach, plane.points.ravel(), atol=1e-4 * reach)
        assert given["order"] == list(plane.order)
    for drawn, known in (("neurons", VIEWS.neurons), ("heads", VIEWS.heads)):
        for given, neuron in zip(data[drawn], known, strict=True):
            codes = np.frombuffer(stream, np.uint8, 3 * p * p, given["first"])
            span = given["high"] - given["low"]
            found = given["low"] + codes / 255 * span
            np.testing.assert_allclose(found, neuron.maps.ravel(), atol=span / 500)
    assert data["spectra"]["logits"][2][2] == pytest.approx(3 * 0.95)
    assert data["attention"]["rows"][0] == [[0.5, 0.3, 0.2]] * 2


def test_what_is_read_at_a_step_is_what_was_recorded_there(page: Page) -> None:
    curves, read = VIEWS.record.curves, page.data["read"]
    rows = [curves["step"].tolist().index(step) for step in (0, 10, 100)]
    for name in ("train_loss", "validation_accuracy", "weight_norm"):
        assert read[name] == pytest.approx(curves[name][rows].tolist(), rel=1e-5)
    assert read["restricted_loss"] == pytest.approx(VIEWS.losses["restricted_loss"].tolist())


def test_nothing_is_loaded_and_all_that_scripts_use_is_there(page: Page, text: str) -> None:
    for element in page.elements:
        assert not {"src", "srcset", "style", "onclick", "onload"} & element.keys()
        assert element["tag"] not in {"link", "img", "iframe", "object", "base", "form"}
    script = page.all("script")[-1]["text"]
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|import\(|innerHTML|eval\(", script)
    ids = {element["id"] for element in page.elements if "id" in element}
    assert set(re.findall(r'section\("([\w-]+)"\)', script)) <= ids
    assert page.one(id="step")["aria-label"] == "Step that all views show"
    assert page.one(**{"class": "command"})["text"] == "grokphase train <x>"
    assert len(text) < 200_000


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    nothing = Views(
        made_up_record(), np.empty(0, np.int64), missing={"embedding": "There is none."}
    )
    page = Page(render(nothing, []))
    assert "Views that are not here" in page.all("main")[0]["text"]
    assert "There is none." in page.all("main")[0]["text"]
    assert page.data["planes"] == page.data["steps"] == []
    assert page.data["curves"] is not None
    final = {"rqi": np.nan, "saturation": 0.0}
    run = gp.Run(gp.run_spec("addition"), made_up_record(final=final))
    assert run.report(tmp_path / "run.html").stat().st_size < 200_000
    with pytest.raises(gp.GrokphaseError, match=r'A report is a page: write ".*run.html"'):
        run.report(tmp_path / "run.pdf")


def test_many_symbols_have_fewer_maps_and_a_page_of_few_megabytes() -> None:
    noise = np.random.default_rng(0).random((40, 113, 113))
    steps = np.arange(40)
    neurons = tuple(each._replace(maps=noise, order=()) for each in VIEWS.neurons)
    heads = tuple(each._replace(maps=noise, order=()) for each in VIEWS.heads)
    large = replace(VIEWS, steps=steps, neurons=neurons, heads=heads, planes=(), losses={})
    data = run_data(replace(large, spectra={}, attention=None, neuron_shares=None))
    assert (len(data["neurons"]), len(data["heads"])) == (3, 2)
    assert len(json.dumps(data)) < 4e6


@needs_node
def test_its_script_is_one(page: Page, tmp_path: Path) -> None:
    script = tmp_path / "script.js"
    script.write_text(page.all("script")[-1]["text"])
    done = subprocess.run([shutil.which("node") or "", "--check", script], capture_output=True)
    assert done.returncode == 0, done.stderr
