"""Arms, tracks and what is raced; one tiny race is trained."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

import grokphase as gp
from grokphase.errors import GrokphaseError
from grokphase.races.document import as_json, race_of, records
from grokphase.races.draws import draws
from grokphase.races.facts import BASELINE, Arm, Size, Track, arms, tracks
from grokphase.races.measuring import leaked_share
from grokphase.races.own import arm_of_script
from grokphase.races.page import TRANSFORM, against_wider, holder, lines, overview, page
from grokphase.races.picture import picture_table, race_figure, records_figure, records_table
from grokphase.races.request import request_of
from grokphase.races.result import example
from grokphase.races.told import LEAK, answer

SIZE = Size(steps=40, sustain=10, draws=2, tuning_seeds=1, seeds=2)
TINY = Track(
    "tiny",
    {"name": "modular-addition", "p": 5},
    "mlp",
    {"model.dimension": 4, "model.widths": "4", "recipe.evaluate_every": 10},
    {"quick": SIZE},
)

ROOT = Path(__file__).resolve().parents[2]


# ------------------------------------------------------------------------------------ the facts


def test_the_baseline_is_the_first_arm_and_reaches_where_it_must():
    assert next(iter(arms())) == BASELINE
    space = arms()[BASELINE].space
    assert (space["recipe.learning_rate"]["to"], space["recipe.weight_decay"]["to"]) == (1e-2, 8)


@pytest.mark.parametrize("name", tracks())
def test_every_track_can_be_raced_by_the_baseline_and_most_arms(name):
    asked = request_of(name)
    assert asked.arms[0].name == BASELINE
    assert not asked.track.sizes["paper"].seeds < asked.size.seeds
    assert asked.track.sizes["paper"].draws >= asked.size.draws
    # Even the quick race has seeds enough to decide.
    assert len(asked.seeds) >= gp.races.protocol.enough_seeds(len(asked.arms) - 1)


@pytest.mark.parametrize("name", arms())
def test_every_arm_can_race_somewhere_and_says_where_it_is_from(name):
    arm = arms()[name]
    assert re.search(r"\d{4}\.\d{4,5}|ours", arm.source)
    assert request_of("modular-addition", only=[name]).arms[-1].name == name


def test_draws_are_within_their_ranges_and_those_that_two_arms_share_are_the_same():
    plain, other = Arm("one"), Arm("two", space={"recipe.warmup": [1, 2, 3]})
    one, two = draws(plain, 16), draws(other, 16)
    for first, second in zip(one, two, strict=True):
        assert first == {name: second[name] for name in first}
        assert 1e-3 <= first["recipe.learning_rate"] <= 1e-2
    assert {draw["recipe.warmup"] for draw in two} == {1, 2, 3}
    logs = np.log([draw["recipe.learning_rate"] for draw in one])
    halves = np.histogram(logs, np.log([1e-3, np.sqrt(1e-5), 1e-2]))[0]
    assert halves.tolist() == [8, 8]  # evenly spread in the logarithm
    assert draws(plain, 4) == one[:4]


def test_what_an_arm_sets_is_not_tuned_and_its_start_comes_first():
    arm = Arm("a", {"recipe.weight_decay": 0.0}, start={"recipe.learning_rate": 3e-3})
    first, second = draws(arm, 2)
    assert [*first] == ["recipe.learning_rate"]
    assert first["recipe.learning_rate"] == 3e-3 != second["recipe.learning_rate"]


# ------------------------------------------------------------------------------------ the runs


def test_arms_of_a_seed_share_data_and_initial_weights_and_tuning_seeds_are_others():
    asked = request_of("modular-addition")
    runs = [asked.result(arm, asked.draws(arm)[0])[0] for arm in asked.arms[:2]]
    one, other = (spec.initial_network() for spec in runs)
    assert np.array_equal(one.embedding, other.embedding)
    assert np.array_equal(one.decoder[0].kernel, other.decoder[0].kernel)
    tuned = {spec.seed for draw in asked.tuning(asked.arms[0]) for spec in draw}
    assert tuned == set(asked.tuning_seeds)
    assert not tuned & set(asked.seeds)


def test_a_race_of_other_draws_or_seeds_is_called_by_them():
    """It is another race than the record of its scale, and has a place of its own beside it."""
    usual = request_of("modular-addition").size
    assert request_of("modular-addition", draws=usual.draws).title == "modular-addition-59-quick"
    longer = request_of("modular-addition", only=["muon"], draws=32, seeds=20)
    assert longer.title == "modular-addition-59-quick-32-draws-20-seeds"


def test_every_arm_has_as_many_runs():
    asked = request_of("modular-addition")
    counts = {
        (len(asked.tuning(arm)), len(asked.tuning(arm)[0]), len(asked.result(arm, {})))
        for arm in asked.arms
    }
    size = asked.size
    assert counts == {(size.draws, size.tuning_seeds, size.seeds)}


def test_a_tiny_race_and_the_same_call_again_trains_nothing(tmp_path, monkeypatch):
    own = tmp_path / "my_arm.py"
    own.write_text(TRANSFORM)
    call = {"arms": [], "add": [own], "store": tmp_path / "store", "workers": 1}
    found = gp.race(TINY, **call)
    assert [entry.arm for entry in found.entries] == [BASELINE, "clipped"]
    assert len(set(found.entries[0].runs) | set(found.entries[1].runs)) == 4
    assert all(entry.step_seconds > 0 and entry.state_bytes > 0 for entry in found.entries)
    assert found.entries[0].flops == found.entries[1].flops > 0
    # AdamW carries weights, their gradient and two moments; the events are a few bytes.
    weights = 5 * 4 + (8 * 4 + 4) + (4 * 5 + 5)
    assert 4 * 4 * weights <= found.entries[0].state_bytes <= 4 * 4 * weights + 200
    assert "too few" in answer(found)[0]
    monkeypatch.setattr("grokphase.training.sweep.Crew", None)  # any training would fail
    again = gp.race(TINY, **call)
    assert [e.times for e in again.entries] == [e.times for e in found.entries]
    assert next(iter(gp.open(tmp_path / "store").sweeps()))["id"].startswith("race-tiny")


def test_a_task_of_ones_own_is_raced_on_as_it_is():
    """Whoever has a table has no name for it that a file of tracks could say."""
    mine = gp.tasks.from_function(lambda a, b: (a * a + b) % 5, p=5)
    asked = request_of(dataclasses.replace(TINY, task=mine), only=["small-start"])
    assert asked.base.task == mine
    assert asked.tuning(asked.arms[1])[0][0].task == mine
    with pytest.raises(GrokphaseError, match='expects "never" is not known; allowed: delay, none'):
        dataclasses.replace(TINY, expects="never")


def test_arms_of_ones_own_may_stand_among_the_names():
    own = Arm("patient", {"recipe.warmup": 100})
    assert [each.name for each in request_of(TINY, only=["dropout", own]).arms] == [
        "adamw",
        "dropout",
        "patient",
    ]


# ------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on": "modular-adition"}, 'no race "modular-adition"'),
        ({"on": "modular-addition", "only": ["moun"]}, 'no arm "moun"'),
        ({"on": "modular-addition", "p": 61}, "has p = 59 or 97, not 61"),
        ({"on": "modular-addition", "scale": "huge"}, 'no scale "huge"'),
        ({"on": "modular-addition", "seeds": 1}, "seeds = 2 or more"),
        ({"on": "modular-addition", "draws": 0}, "draws"),
        ({"on": "modular-addition", "draws": 100_000}, "draws"),
        ({"on": "modular-addition", "seeds": 2.5}, "seeds = 2.5 cannot be used"),
        ({"on": 5}, "5 is no race"),
        ({"on": "modular-addition", "only": [3]}, "3 is no arm"),
        ({"on": "modular-addition", "only": "muon"}, 'write arms=["muon"]'),
        ({"on": "modular-addition", "only": []}, "No arm is named"),
        ({"on": "modular-addition", "add": [Arm("dropout")]}, "another name"),
        (
            {"on": "modular-addition", "add": [Arm("x", {"recipe.warmth": 3})]},
            'arm "x" cannot race here: "recipe.warmth"',
        ),
        (
            {"on": "modular-addition", "add": [Arm("x", {"recipe.held_from": 10})]},
            "cannot race here",
        ),
    ],
)
def test_what_cannot_be_raced_is_said_in_a_sentence(given, said):
    with pytest.raises(GrokphaseError, match=re.escape(said)) as error:
        request_of(**given)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("space", "start", "said"),
    [
        ({"recipe.warmup": 3}, {}, "for recipe.warmup, which is no range"),
        ({"recipe.warmup": {"from": 5, "to": 2}}, {}, "0 < from < to"),
        ({}, {"recipe.warmup": 3}, "which it does not tune"),
    ],
)
def test_an_arm_that_cannot_be_tuned_is_refused(space, start, said):
    with pytest.raises(GrokphaseError, match=said):
        Arm("a", space=space, start=start)


@pytest.mark.parametrize("name", ["", "two words", "a,b", 3])
def test_an_arm_is_called_by_a_word(name):
    with pytest.raises(GrokphaseError, match="An arm cannot be called"):
        Arm(name)


@pytest.mark.parametrize(
    "leaf",
    [
        *("task.p", "split.fraction", "seed", "recipe.steps", "recipe.sustain", "recipe.stop"),
        *("recipe.thresholds.validation_accuracy", "recipe.label_noise", "recipe.evaluate_every"),
    ],
)
def test_an_arm_cannot_change_the_race(leaf):
    """Or an arm with a lower goal, a longer budget or more samples would be called faster."""
    for part in ({"settings": {leaf: 1}}, {"space": {leaf: [1, 2]}}):
        with pytest.raises(GrokphaseError, match=f"changes {leaf}, and arms change"):
            Arm("a", **part)
    with pytest.raises(GrokphaseError, match="dotted names"):
        Arm("a", ["recipe.warmup"])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "no file"),
        ("x = 1", "has no arm"),
        ("arm = 3", "has an arm of type int"),
        (
            "import grokphase as gp\none = gp.races.Arm('a')\ntwo = gp.races.Arm('b')",
            "has one and two, but nothing called arm",
        ),
        ("raise ValueError('why')", "cannot be run: ValueError: why"),
        ("import sys\nsys.exit()", "cannot be run: SystemExit"),
    ],
)
def test_a_script_without_an_arm_is_refused(tmp_path, code, said):
    path = tmp_path / "mine.py"
    if code is not None:
        path.write_text(code)
    with pytest.raises(GrokphaseError, match=said):
        arm_of_script(path)


def test_what_is_no_script_is_refused(tmp_path):
    picture = tmp_path / "mine.png"
    picture.write_bytes(b"")
    with pytest.raises(GrokphaseError, match=r"ends in \.py"):
        arm_of_script(picture)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "cnn"}, 'model "cnn" is not known'),
        ({"task": 5}, "has task = 5; write a task"),
        ({"sizes": {}}, "has sizes = {}; write what it spends"),
        ({"sizes": {"quick": 3}}, "write what it spends"),
        ({"name": "../x"}, "A race cannot be called '../x'"),
    ],
)
def test_a_track_that_is_none_is_refused(changes, said):
    with pytest.raises(GrokphaseError, match=re.escape(said)):
        dataclasses.replace(TINY, **changes)


# ------------------------------------------------------------------------------------ the result


def test_a_race_is_its_json():
    found = example(noise=(0, 10, -10))
    text = json.dumps(as_json(found), allow_nan=False)
    again = race_of(json.loads(text))
    assert as_json(again) == as_json(found)
    assert repr(again) == repr(found)
    with pytest.raises(GrokphaseError, match="format"):
        race_of({"format": 0})


def test_a_race_is_read_from_its_file_and_nothing_else_is(tmp_path):
    path = tmp_path / "race.json"
    path.write_text(json.dumps(as_json(example())), encoding="utf-8")
    assert gp.races.read(path) == gp.races.read(str(path)) == example()
    for text, said in (
        ("{", "it is no JSON"),
        ("[]", "is no race"),
        ("{}", "no race of format"),
        ('{"format": 2}', "is no race"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(GrokphaseError, match=said):
            gp.races.read(path)
    for spoil in (lambda steps: steps.pop(), lambda steps: steps.__setitem__(0, "soon")):
        damaged = json.loads(json.dumps(as_json(example())))
        spoil(damaged["entries"][0]["times"]["sustained"])
        path.write_text(json.dumps(damaged), encoding="utf-8")
        with pytest.raises(GrokphaseError, match="is no race"):
            gp.races.read(path)
    with pytest.raises(GrokphaseError, match="No such file"):
        gp.races.read(tmp_path / "nowhere.json")


def test_who_wins_in_steps_may_lose_in_seconds():
    found = example()
    assert found.winners() == ["twice"]
    assert found.winners("seconds") == []
    assert found.in_steps["same"].verdict == "open"
    assert found.in_steps["never"].verdict == "slower"
    assert holder(found).arm == "twice"
    assert holder(found, "seconds").arm == BASELINE
    row = {each["arm"]: each for each in found.rows()}
    assert row["never"]["sustained_median"] is None
    assert row["twice"]["seconds_median"] == pytest.approx(
        3 * row[BASELINE]["seconds_median"] / 2, rel=2e-3
    )


def test_seconds_decide_only_where_they_do_however_long_a_step_takes():
    """Two arms that are one program took 0.93 and 1.06 ms in turns of a record of 2026-11-29."""
    made = example()
    same = next(entry for entry in made.entries if entry.arm == "same")
    fewer = dataclasses.replace(
        same, times=dataclasses.replace(same.times, sustained=_scaled(same, 0.9))
    )

    def verdict(low: float, high: float) -> gp.races.protocol.Compared:
        timed = dataclasses.replace(fewer, step_between=(low, high))
        return dataclasses.replace(made, entries=(made.baseline, timed)).in_seconds["same"]

    sure, unsure = verdict(1e-3, 1e-3), verdict(0.8e-3, 1.3e-3)
    assert (sure.verdict, unsure.verdict) == ("faster", "open")
    assert unsure.speedup == sure.speedup
    assert unsure.low == pytest.approx(sure.low / 1.3)
    assert unsure.high == pytest.approx(sure.high / 0.8)
    assert unsure.p_holm == 1.0  # slower with the one, faster with the other


def _scaled(entry, factor):
    return tuple(None if step is None else int(factor * step) for step in entry.times.sustained)


def test_an_arm_that_trains_on_validation_samples_is_marked_and_holds_no_record():
    made = example()
    entries = [
        dataclasses.replace(each, leaked=0.5) if each.arm == "twice" else each
        for each in made.entries
    ]
    found = dataclasses.replace(made, entries=tuple(entries))
    assert (made.winners(), found.winners()) == (["twice"], [])
    assert found.in_steps["twice"].verdict == "open"
    assert "faster" not in " ".join(picture_table(found)["said"])
    marked, plain = (race_figure(each).findobj(Text) for each in (found, made))
    assert any(f"{LEAK} trains on validation samples" in each.get_text() for each in marked)
    assert not any(LEAK in each.get_text() for each in plain)
    assert holder(found).arm == BASELINE
    assert f"twice{LEAK} 2.00" in repr(found)
    assert any("50 % of its validation samples" in sentence for sentence in answer(found))
    asked = request_of("modular-addition", only=["commutative-augmentation", "muon"], seeds=2)
    shares = [leaked_share(asked.result(arm, {})) for arm in asked.arms]
    assert shares[0] == shares[2] == 0
    assert 0.4 < shares[1] < 0.6


def test_several_records_have_one_overview():
    one, other = example(), dataclasses.replace(example(), name="other-quick")
    other = dataclasses.replace(other, entries=other.entries[:2])
    assert overview([one, other]) == [
        (BASELINE, "1", "1"),
        ("twice", "2.00 [2.00, 2.00]*", "2.00 [2.00, 2.00]*"),
        ("same", "1.00 [1.00, 1.00]", ""),
        ("never", "- [-, 0.52]*", ""),
    ]
    assert overview([one], intervals=False)[1] == ("twice", "2.00*")
    assert "images/race/records.png" in page([one, other])
    assert "images/race/records.png" not in page([one])
    drawn = records_table([one, other])
    assert drawn["race"] == ["example"] * 3 + ["other"]
    assert drawn["doublings"][:2] == pytest.approx([1, 0], abs=0.01)
    assert drawn["said"] == ["2.0*", "1.0", "*", "2.0*"]  # one never arrives, and is told apart
    cells, _ = records_figure([one, other]).axes  # the second is the bar of their colours
    (star,) = (each for each in cells.texts if each.get_text() == "*")
    assert star.get_color() != "white"  # on the gray of what was not reached
    assert {name.get_rotation() for name in cells.get_xticklabels()} == {90}


def test_a_lead_over_a_wider_range_is_told_against_that_range():
    """Twice as fast as AdamW is nothing where AdamW at a higher rate is too."""
    made = example()
    wide = dataclasses.replace(made.entries[1], arm="adamw-wide")
    found = dataclasses.replace(made, entries=(*made.entries, wide))
    rows = {row[2]: row[3:] for row in against_wider(found)}
    assert rows["twice"][-3:] == ("2.00 [2.00, 2.00]*", "1.00 [1.00, 1.00]", "1")
    assert rows["adamw"][-2].startswith("0.50 [0.50, 0.50]*")
    assert rows["adamw-wide"][-2:] == ("1", "")
    assert rows["never"][:2] == ("0/16", "-")
    assert against_wider(made) == []
    assert "How much of a lead" in page([found])


def test_the_steps_of_a_donor_come_before_all_times():
    made = example()
    twice = next(entry for entry in made.entries if entry.arm == "twice")
    given = dataclasses.replace(twice, donor_steps=(100,) * len(made.seeds))
    before, after = made.medians(twice), made.medians(given)
    assert {name: after[name].median - before[name].median for name in after} == {
        "train": 100,
        "first": 100,
        "sustained": 100,
    }


def test_with_few_seeds_nobody_wins_and_it_is_said():
    found = example(seeds=5)
    assert found.winners() == []
    assert "5 seeds are too few" in answer(found)[0]
    assert holder(found).arm == BASELINE


def test_controls_say_what_they_are():
    found = dataclasses.replace(example(), expects="none")
    assert "yet it was reached: adamw 16" in answer(found)[0]
    assert "yet some were faster: twice" in _no_delay(example())
    assert "of so few seeds none can be faster" in _no_delay(example(seeds=5))


def _no_delay(made):
    return answer(dataclasses.replace(made, expects="no delay"))[0]


def test_a_race_shows_itself_as_text_html_table_and_picture():
    found = example()
    assert "2.00 [2.00, 2.00]*" in repr(found)
    assert all(len(line) <= 165 for line in repr(found).splitlines())
    assert found._repr_html_().count("<tr>") == 5
    noted = dataclasses.replace(found, notes=("A leak",), left_out={"dear": "it takes long"})
    for shown in (repr(noted), noted._repr_html_()):
        assert "A leak." in shown
        assert "Left out, dear: it takes long" in shown
    table = found.to_pandas()
    assert table["sustained_median"].isna().tolist() == [False, False, False, True]
    drawn = picture_table(found)
    assert drawn["of"] == ["in steps"] * 3 + ["in seconds"] * 3
    drawn = dict(zip(drawn["arm"][:3], drawn["value"][:3], strict=True))
    expected = {"twice": 2.0, "same": 1.0, "never": 0.0}  # not reached: slower than any
    assert drawn == pytest.approx(expected, abs=0.01)
    figure = found.plot()
    assert len(figure.axes) == 2
    assert figure.axes[0].get_xscale() == "log"


def test_an_interval_without_an_end_is_drawn_to_both_ends():
    (found,) = (each for each in records() if each.name.endswith("transformer-59-quick-32-draws"))
    one = found.in_steps["perp-grad"]
    assert (one.low, one.high) == (None, None)
    assert one.speedup == pytest.approx(200 / 480)
    drawn = picture_table(found)
    at = drawn["arm"].index("perp-grad")
    assert (drawn["low"][at], drawn["high"][at]) == (0, float("inf"))
    never = drawn["arm"].index("adamw-wide")  # half of its runs did not come: an arrow, no interval
    assert np.isnan([drawn["low"][never], drawn["high"][never]]).all()


def test_what_follows_from_a_record_is_what_stands_in_it():
    for path in (ROOT / "src" / "grokphase" / "races" / "records").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert json.loads(text) == json.loads(json.dumps(as_json(gp.races.read(path)))), path.name


def test_the_records_are_races_and_the_page_is_made_from_them():
    found = records()
    assert [len(each.entries) >= 2 for each in found] == [True] * len(found)
    text = page([example()])
    assert "| example-quick | twice |" in text
    assert [*map(len, lines(found))] == [7] * len(found)
    path = ROOT / "docs" / "race.md"
    assert path.read_text(encoding="utf-8") == page(found)
