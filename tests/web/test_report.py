"""The report is one page that loads nothing, says what the map says, and lets nobody inject."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from tests.plotting.fakes import SETTINGS, made_up_map, made_up_record, records_of

from grokphase.phases import Note, PhaseMap
from grokphase.web import write_report
from grokphase.web.data import page_data
from grokphase.web.report import embedded

COMMAND = "grokphase map addition --steps 100000"


NOTE = Note(
    "2 of 3 seeds cannot <exceed>", ({"seed": 1, "reachable": 8}, {"seed": 2, "reachable": 7})
)


class Page(HTMLParser):
    """Elements with their attributes and text, and a check that all are closed."""

    VOID = frozenset({"meta", "input", "link", "br", "img"})

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", **dict(attrs)}
        self.elements.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, text):
        for element in self.open:
            element["text"] += text

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]

    def one(self, **attributes):
        (found,) = [e for e in self.elements if all(e.get(k) == v for k, v in attributes.items())]
        return found

    @property
    def data(self):
        return json.loads(self.one(id="data")["text"])


def report(found, folder, records=None, **options):
    records = records_of(found, points=20) if records is None else records
    return write_report(found, records, folder / "report.html", **options)


@pytest.fixture(scope="module")
def found() -> PhaseMap:
    return made_up_map(8, 6, seeds=3, inferred=True)


@pytest.fixture(scope="module")
def text(found, tmp_path_factory):
    path = report(found, tmp_path_factory.mktemp("report"), command=COMMAND)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_embedded_data_is_the_map(found, page):
    data = page.data
    names = np.array([phase["name"] for phase in data["phases"]])
    np.testing.assert_array_equal(names[np.array(data["phase"])], found.phase)
    np.testing.assert_array_equal(names[np.array(data["by_seed"]["phase"])], found.phase_by_seed)
    np.testing.assert_array_equal(data["measured"], found.measured)
    for name in ("train_step", "validation_step"):
        steps = np.array(data[name], dtype=float)  # None becomes NaN
        np.testing.assert_array_equal(steps, getattr(found, name))
    assert data["axes"]["x"]["values"] == list(found.x.values)
    assert data["axes"]["y"]["name"] == found.y.name
    assert data["seeds"] == list(found.seeds)
    assert {p["name"]: p["cells"] for p in data["phases"]} == {
        phase: n for phase, n in found.counts().items() if n
    }


def test_runs_point_to_their_own_records(found, page):
    data = page.data
    for y, row in enumerate(found.runs):
        for x, ids in enumerate(row):
            assert [data["records"]["id"][number] for number in data["runs"][y][x]] == list(ids)
    assert len(data["curves"]["points"]) == len(data["records"]["id"])


def test_a_run_without_a_record_is_shown_without_curves(found, tmp_path):
    records = records_of(found, points=20)
    data = Page(report(found, tmp_path, records[1:]).read_text(encoding="utf-8")).data
    flat = [number for row in data["runs"] for cell in row for number in cell]
    assert flat.count(-1) == 1
    assert Page(report(found, tmp_path, []).read_text(encoding="utf-8")).data["curves"] is None


def test_nothing_is_loaded_from_anywhere(page, text):
    for element in page.elements:
        assert not {"src", "srcset", "style", "onclick", "onload"} & element.keys()
        assert element["tag"] not in {"link", "img", "iframe", "object", "base", "form"}
    style = page.all("style")[0]["text"]
    assert "url(" not in style
    assert "@import" not in style
    script = page.all("script")[-1]["text"]
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|import\(|innerHTML|eval\(", script)
    # Addresses occur as links a reader may follow, and as the name of the SVG namespace.
    assert set(re.findall(r"https?://[^\s\"'<)]+", text)) == {
        "https://arxiv.org/abs/2205.10343",
        "http://www.w3.org/2000/svg",
    }


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(page):
    content = page.one(**{"http-equiv": "Content-Security-Policy"})["content"]
    rules = dict(rule.split(" ", 1) for rule in content.split("; "))

    def digest(element):
        return base64.b64encode(hashlib.sha256(element["text"].encode()).digest()).decode()

    scripts = [s for s in page.all("script") if s.get("type") != "application/json"]
    assert len(scripts) == len(page.all("style")) == 1
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest(page.all('style')[0])}'",
        "script-src": f"'sha256-{digest(scripts[0])}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_map_can_be_reached_and_heard(page):
    ids = {element["id"]: element for element in page.elements if "id" in element}
    drawn = ids["map"]
    assert drawn["tabindex"] == "0"
    assert drawn["role"] == "application"
    assert drawn["aria-describedby"] in ids
    assert drawn["aria-labelledby"] in ids
    assert ids["live"]["aria-live"] == "polite"
    assert page.all("html")[0]["lang"] == "en"
    assert page.one(name="viewport")["content"] == "width=device-width, initial-scale=1"
    assert page.one(**{"class": "skip"})["href"] == "#map"
    labels = "".join(label["text"] for label in page.all("label"))
    assert "Color by" in labels
    assert "Letters" in labels


def test_light_dark_and_reduced_motion_are_honoured(page):
    style = page.all("style")[0]["text"]
    assert "prefers-color-scheme: dark" in style
    assert "prefers-reduced-motion" in style
    assert ":focus-visible" in style


def test_without_its_script_the_page_still_says_what_was_done(found, page):
    said = " ".join(element["text"] for element in page.all("main"))
    for words in (
        COMMAND,
        "recipe.decoder.learning_rate",
        "varied along x",
        f"{found.steps_trained:,}",
        "accuracy > 0.9",
        "step 0 is the network before training",
        "were not run",
        "medians over seeds",
        "0.10.1",  # of jax, from the records
        "eprint    = {2205.10343}",
        "@software{grokphase",
    ):
        assert words in said
    for phase, cells in found.counts().items():
        item = page.one(tag="li", **{"class": f"phase-{phase}"})
        assert f"{cells:,} cell" in item["text"]


def test_the_page_of_a_map_by_sustained_times_says_so(found, page, tmp_path):
    assert page.data["by"] == "first-passage"
    assert "Phases are by first passage" in page.all("main")[0]["text"]
    text = report(replace(found, by="sustained"), tmp_path).read_text(encoding="utf-8")
    held = Page(text)
    assert held.data["by"] == "sustained"
    assert "Phases are by sustained times" in held.all("main")[0]["text"]
    assert "first at which an accuracy passed" not in held.all("main")[0]["text"]


def test_every_phase_of_the_legend_has_its_colour(found, page):
    style = page.all("style")[0]["text"]
    for phase in found.counts():
        assert f".phase-{phase} {{ --phase: #" in style


def test_what_was_given_cannot_become_markup(tmp_path):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u2028&\"'{{data}}"
    found = replace(
        made_up_map(4, 3),
        settings={**SETTINGS, "task": {"name": evil, evil: evil}},
        thresholds={"rule": evil, "train_accuracy": 0.5, "validation_accuracy": 0.5},
    )
    records = [replace(record, provenance={evil: evil}) for record in records_of(found, points=10)]
    path = report(found, tmp_path, records, command=evil, environment={evil: evil})
    page = Page(path.read_text(encoding="utf-8"))
    assert len(page.all("script")) == 2
    assert not page.all("img")
    assert page.data["title"].startswith(evil)
    assert page.one(**{"class": "command"})["text"] == evil
    harmless = Page(report(made_up_map(4, 3), tmp_path, command="x").read_text(encoding="utf-8"))
    tables = {"table", "tr", "th", "td"}  # their rows are those of the settings
    assert [e["tag"] for e in page.elements if e["tag"] not in tables] == [
        e["tag"] for e in harmless.elements if e["tag"] not in tables
    ]


def test_json_is_refused_rather_than_written_with_nan():
    with pytest.raises(ValueError, match="not JSON compliant"):
        embedded({"loss": float("nan")})


def test_a_map_with_infinite_losses_writes_valid_json(tmp_path):
    found = made_up_map(3, 2)
    curves = {"step": [0, 1], "train_loss": [1.0, np.inf], "validation_loss": [np.nan, np.nan]}
    records = [
        made_up_record(None, None, phase="diverged", id=ids[0], curves=curves, final={"x": np.nan})
        for row in found.runs
        for ids in row
    ]
    text = report(found, tmp_path, records).read_text(encoding="utf-8")
    assert Page(text).data["curves"]["points"] == [2] * 6


def test_a_large_map_stays_below_five_megabytes(tmp_path):
    found = made_up_map(64, 44)
    assert report(found, tmp_path, records_of(found, points=100)).stat().st_size < 5e6


def test_the_page_is_replaced_whole_or_not_at_all(found, tmp_path):
    path = report(found, tmp_path / "new" / "folder")
    before = path.read_bytes()
    broken = replace(found, settings={"task": {"name": "\ud800"}})  # cannot be encoded
    with pytest.raises(UnicodeEncodeError):
        write_report(broken, [], path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_environment_is_what_was_given(found, tmp_path):
    path = report(found, tmp_path, environment={"machine": {"cores": 2}, "jax": "9.9"})
    said = Page(path.read_text(encoding="utf-8"))
    assert "machine.cores2" in said.all("main")[0]["text"]
    assert "0.10.1" not in said.all("main")[0]["text"]


def test_a_failed_run_is_a_result_and_its_traceback_no_environment(found, tmp_path):
    settings = {**SETTINGS, "trainer": {"name": "script.train", "source": "0" * 64}}
    failed = [
        replace(
            record,
            phase="failed",
            provenance={"python": "3.12", "traceback": f"Traceback {number}", "finished": "now"},
        )
        for number, record in enumerate(records_of(found))
    ]
    text = report(replace(found, settings=settings), tmp_path, failed).read_text()
    environment = text.partition("<h2>Environment</h2>")[2].partition("</section>")[0]
    assert "3.12" in environment
    assert "Traceback" not in environment
    assert "now" not in environment
    assert "its loss diverged, it failed, or its function returned, and never passed" in text
    usual = report(found, tmp_path, []).read_text()
    assert "steps, or until its loss diverged, and never passed" in usual


def test_the_scripts_name_every_element_they_use(page):
    ids = {element["id"] for element in page.elements if "id" in element}
    script = page.all("script")[-1]["text"]
    used = set(re.findall(r'getElementById\("([\w-]+)"\)', script))
    assert used <= ids
    assert {"map", "live", "tip", "cell", "download", "data"} <= used


def test_the_legend_names_outcomes_that_are_most_runs_of_no_cell(tmp_path):
    found = made_up_map(4, 3, seeds=3)
    phases = found.phase_by_seed.copy()
    phases[0, 0] = ["memorization", "memorization", "diverged"]
    seeds_apart = replace(found, phase_by_seed=phases)
    assert "diverged" not in seeds_apart.counts()
    legend = Page(report(seeds_apart, tmp_path).read_text(encoding="utf-8")).one(
        **{"class": "legend"}
    )
    assert "diverged" in legend["text"]


def test_what_a_run_cost_is_not_called_the_time_that_passed(found, page):
    told = page.all("main")[0]["text"]
    assert "training time, summed over runs" in told
    assert "wall" not in told


def drawn(found, width, coloring="phase"):
    """What the page's map draws and says, without a browser."""
    page = resources.files("grokphase.web") / "page"
    names = ("decode.js", "colours.js", "words.js", "map.js")
    scripts = "\n".join((page / name).read_text(encoding="utf-8") for name in names)
    data = page_data(found, [])
    given = {"data": data, "width": width, "scripts": scripts, "coloring": coloring}
    told = subprocess.run(
        ["node", Path(__file__).with_name("canvas.js")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(told.stdout)


needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="needs node to run the page's scripts"
)


@needs_node
def test_a_cell_is_said_with_its_seeds():
    one, several = made_up_map(3, 2), made_up_map(3, 2, seeds=3)
    assert f"seed: {one.seeds[0]}" in drawn(one, 300)["said"]
    (said,) = [line for line in drawn(several, 300)["said"] if line.startswith("seeds: ")]
    named = re.findall(r"\d+", re.sub(r"\d+ \w", "", said))
    assert sorted(map(int, named)) == sorted(several.seeds)


@needs_node
def test_a_map_is_coloured_by_a_measure_and_what_is_no_number_is_hatched():
    found = made_up_map(2, 2, seeds=3)
    sharpness = np.array([[[1.0, 2.0, 9.0], [np.nan, np.nan, 3.0]], [[4.0] * 3, [np.inf] * 3]])
    coloured = replace(found, measures={"sharpness": sharpness})
    told = drawn(coloured, 300, "sharpness")
    first, without, last, infinite = told["fills"][:4]
    assert (first, last) == ("rgb(68,1,84)", "rgb(253,231,37)")  # the ends of viridis
    assert without == infinite == "#000000"  # of the page's own colours, under a hatch
    assert told["said"][-1] == "last sharpness, median over seeds: 2"
    assert told["scale"] == ["2", "4; hatched: not a number"]
    offered = [colour["name"] for colour in page_data(coloured, [])["colours"]]
    assert offered[-1] == "sharpness"
    assert "validation_step" in offered


@needs_node
def test_a_map_is_coloured_by_steps_with_what_was_not_reached_hatched():
    found = made_up_map(3, 2)
    told = drawn(found, 300, "delay")
    censored = int(np.isnan(found.validation_step - found.train_step).sum())
    assert censored
    assert told["fills"].count("#000000") == censored
    assert told["scale"][1].endswith("; hatched: not reached within the budget")


@needs_node
@pytest.mark.parametrize("width", [300, 900])
@pytest.mark.parametrize("shape", [(64, 2), (40, 3), (16, 11), (3, 30)])
def test_the_names_of_the_axes_lie_inside_the_canvas(shape, width):
    canvas = drawn(made_up_map(*shape), width)
    shown = {word["text"]: word for word in canvas["words"]}
    assert {"decoder learning rate (per step)", "decoder weight decay"} <= set(shown)
    for text, word in shown.items():
        left, top, wide, high = word["box"]
        assert left >= 0, text
        assert top >= 0, text
        assert left + wide <= width, text
        assert top + high <= canvas["height"], text
        assert not word["squeezed"], text


def test_notes_have_a_card_with_the_numbers_behind_them(tmp_path):
    found = replace(made_up_map(4, 3), notes=(NOTE, Note("And this")))
    page = Page(write_report(found, [], tmp_path / "report.html").read_text())
    (card,) = [each for each in page.all("section") if each["text"].startswith("Notes")]
    assert "2 of 3 seeds cannot <exceed>." in card["text"]
    assert "And this." in card["text"]
    rows = [each["text"] for each in page.all("tr")]
    assert {"seedreachable", "18", "27"} <= set(rows)
    bare = Page(write_report(made_up_map(4, 3), [], tmp_path / "bare.html").read_text())
    assert not any(each["text"] == "Notes" for each in bare.all("h2"))
