"""Curves of any program become a history, or one sentence says why not."""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grokphase import GrokphaseError
from grokphase.forecasting.reading import read_curves

HEAD = "step,train_acc,val_acc\n"
ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str | bytes, name: str = "run.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def curves(found) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in found.history.curves.items()}


# ---- as programs write them

WANDB = """"Step","sun-3 - val/acc","sun-3 - val/acc__MIN","sun-3 - val/acc__MAX","old - val/acc",\
"sun-3 - train/acc"
"0","0.01","0.01","0.01","0.5","0.02"
"100","0.02","","","","0.99"
"""
WANDB_HISTORY = """,_step,_runtime,train/acc,val/acc,trainer/global_step,epoch
0,0,1.5,0.02,,50,0
1,1,1.6,,0.01,50,0
2,2,1.7,0.99,,100,1
3,3,1.8,,0.02,100,1
"""
LIGHTNING = """epoch,step,train_acc_epoch,train_acc_step,val_acc
0,49,0.02,0.1,
0,49,,,0.01
1,99,0.99,0.9,
1,99,,,0.02
"""
KERAS = "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.02,4,0.01,4\n1,0.99,1,0.02,9\n"
HF = json.dumps(
    {
        "best_metric": None,
        "log_history": [
            {"epoch": 1.0, "loss": 4.0, "learning_rate": 1e-3, "step": 50},
            {"epoch": 1.0, "eval_accuracy": 0.01, "eval_loss": 4.0, "step": 50},
            {"epoch": 2.0, "loss": 1.0, "learning_rate": 1e-3, "step": 100},
            {"epoch": 2.0, "eval_accuracy": 0.02, "eval_loss": 9.0, "step": 100},
            {"epoch": 2.0, "step": 100, "train_loss": 2.5, "train_runtime": 9.0},
        ],
    }
)
TAGS = """run,tag,step,value
a,train/acc,0,0.02
a,val/acc,0,0.01
a,train/acc,100,0.99
a,val/acc,100,0.02
"""
BOTH = {"train_accuracy": [0.02, 0.99], "validation_accuracy": [0.01, 0.02]}


@pytest.mark.parametrize(
    ("text", "steps", "options"),
    [
        (WANDB, [0, 100], {"run": "sun"}),
        (WANDB_HISTORY, [50, 100], {}),
        (LIGHTNING, [49, 99], {}),
        (KERAS, [0, 1], {}),
        (TAGS, [0, 100], {}),
        ("step\ttrain_acc\tval_acc\n0\t.02\t.01\n9\t.99\t.02\n", [0, 9], {}),
        ("step;train_acc;val_acc\n0;0,02;0,01\n9;0,99;0,02\n", [0, 9], {}),
        ("# step train_acc val_acc\n0 .02 .01\n9 .99 .02\n", [0, 9], {}),
        ("step | train_acc | val_acc\n\n0 | .02 | .01\n9 | .99 | .02\n", [0, 9], {}),
        ("step train_acc val_acc |w|\n0 .02 .01 5\n9 .99 .02 4\n", [0, 9], {}),
        ("step,train_acc,val_acc,||w||\n0,.02,.01,5\n9,.99,.02,4\n", [0, 9], {}),
        ("\ufeffstep, train_acc, val_acc\r\n0, 2%, 1%\r\n9, 99%, 2%\r\n", [0, 9], {}),
        ("id,step,train_acc,val_acc\na,0,2,1\nb,0,5,5\na,9,99,2\nb,9,7,7\n", [0, 9], {"run": "a"}),
    ],
    ids=[
        *("wandb", "history", "lightning", "keras", "tags", "tsv", "semi", "blank"),
        *("bars", "bars in a name", "norm", "bom", "runs"),
    ],
)
def test_layouts_of_other_programs(write, text: str, steps: list[int], options):
    found = read_curves(write(text), **options)
    assert found.history.step.tolist() == steps
    accuracies = {name: curves(found)[name] for name in BOTH}
    assert accuracies == {name: pytest.approx(values) for name, values in BOTH.items()}


def test_the_log_of_a_hugging_face_trainer(write):
    found = read_curves(write(HF, "trainer_state.json"))
    assert curves(found)["train_loss"] == [4.0, 1.0]  # not the mean that ends it
    assert curves(found)["validation_accuracy"] == [0.01, 0.02]
    assert found.history.settings == {"learning_rate": 1e-3}
    assert found.understood["eval_accuracy"] == "validation accuracy"


def test_the_log_of_a_trainer_as_a_table_of_pandas(write):
    """Which ends with the mean loss of all steps, in a column of its own."""
    text = """,loss,epoch,step,eval_loss,eval_accuracy,eval_runtime,train_runtime,train_loss
0,4.0,1.0,50,,,,,
1,,1.0,50,4.0,0.01,0.4,,
2,1.0,2.0,100,,,,,
3,,2.0,100,9.0,0.02,0.4,,
4,,2.0,100,,,,9.0,2.5
"""
    found = read_curves(write(text))
    assert found.history.curve("train_loss")[1].tolist() == [4.0, 1.0]
    assert found.understood["loss"] == "training loss"
    assert "train_loss" not in {*found.understood, *found.unused}


def test_tensorboard_has_a_file_for_each_curve_which_names_it(write):
    head = "Wall time,Step,Value\n"
    one = write(f"{head}1.5,0,0.02\n1.6,100,0.99\n", "run-train-tag-epoch_accuracy.csv")
    two = write(f"{head}1.5,0,0.01\n1.6,100,0.02\n", "run-validation-tag-epoch_accuracy.csv")
    found = read_curves(one, two)
    assert curves(found) == BOTH
    assert set(found.understood) == {"Step", "train/epoch_accuracy", "validation/epoch_accuracy"}
    points = [[1.5, 0, 0.01], [1.6, 100, 0.02]]  # the same as JSON
    other = write(json.dumps(points), "run-validation-tag-epoch_accuracy.json")
    assert curves(read_curves(one, other)) == BOTH
    rate = write(f"{head}1.5,0,0.001\n", "run-train-tag-learning_rate.csv")  # is no curve
    assert read_curves(one, rate, two).history.settings == {"learning_rate": 0.001}
    with pytest.raises(GrokphaseError, match="is understood as a curve"):
        read_curves(rate)


def test_json_lines_with_objects_inside(write):
    rows = [
        {"step": n, "train": {"acc": a}, "val": {"acc": v}}
        for n, a, v in zip([0, 100], *BOTH.values(), strict=True)
    ]
    found = read_curves(write("\n".join(map(json.dumps, rows)), "log.jsonl"))
    assert curves(found) == BOTH
    columns = {"epoch": [0, 1], "acc": [0.02, 0.99], "val_acc": [0.01, 0.02]}
    assert curves(read_curves(write(json.dumps(columns)))) == BOTH


def test_the_curves_that_come_as_an_example():
    found = read_curves(Path(__file__).parents[2] / "examples" / "curves.csv")
    assert found.understood["val/acc"] == "validation accuracy, in percent"
    assert found.history.memorized == (666, 550, 666)
    assert found.history.generalized == (5458, 4508, 5458)
    assert found.unused == ()


# ---- what is meant is said, and what is not said is asked


def test_what_was_understood_is_told(write):
    found = read_curves(write("step,loss,acc,val_acc,lr,junk\n0,4,1,1,.1,7\n9,2,99,3,.05,7\n"))
    assert found.understood == {
        "step": "step",
        "loss": "training loss",
        "acc": "training accuracy, in percent",
        "val_acc": "validation accuracy, in percent",
        "lr": "learning rate, 0.05, the last of 0.05 to 0.1",
    }
    assert found.unused == ("junk",)


def test_a_column_can_be_said_to_be_something_else(write):
    path = write("t,a,b,val_acc\n0,.1,.1,.9\n9,1,.2,.9\n")
    columns = {"t": "step", "a": "train_accuracy", "b": "validation_accuracy", "val_acc": "nothing"}
    assert curves(read_curves(path, columns=columns)) == {
        "train_accuracy": [0.1, 1.0],
        "validation_accuracy": [0.1, 0.2],
    }


def test_epochs_become_steps_where_their_length_is_known(write):
    path = write("epoch,lr,acc,val_acc\n0,.1,.1,.1\n1.5,.1,1,.1\n")
    with pytest.raises(GrokphaseError, match=r"has 1\.5 under \"epoch\".*steps_per_epoch"):
        read_curves(path)
    found = read_curves(path, settings={"steps_per_epoch": 10})
    assert found.history.step.tolist() == [0, 15]
    assert found.history.settings == {"learning_rate": 0.1}
    whole = read_curves(write("epoch,lr,acc,val_acc\n0,.1,.1,.1\n1,.1,1,.1\n"))
    assert whole.history.settings == {}  # a rate acts by the step
    assert "steps_per_epoch" in whole.notes[0]


def test_steps_of_a_resumed_run_count_as_written_last(write):
    text = HEAD + "0,.1,.1\n10,.2,.1\n20,.3,.1\n10,.5,.2\n30,.6,.2\n"
    with pytest.raises(GrokphaseError, match=r"line 5 .* go back from 20 to 10"):
        read_curves(write(text))
    found = read_curves(write(text), resumed=True)
    assert found.history.step.tolist() == [0, 10, 30]
    assert curves(found)["train_accuracy"] == [0.1, 0.5, 0.6]


def test_what_was_measured_after_the_step_of_a_resumption_is_gone(write):
    text = HEAD + "0,.1,\n0,,.1\n10,.2,\n20,.3,\n20,,.9\n10,.4,\n15,.5,\n"
    found = read_curves(write(text), resumed=True)
    assert found.history.step.tolist() == [0, 10, 15]
    assert found.history.curve("validation_accuracy")[1].tolist() == [0.1]


def test_a_column_of_which_a_resumption_leaves_nothing_is_empty(write):
    head = "step,train_loss,val_acc\n"
    found = read_curves(write(f"{head}0,,.1\n10,1.0,.2\n5,,.15\n20,,.3\n"), resumed=True)
    assert curves(found) == {"validation_accuracy": [0.1, 0.15, 0.3]}
    assert found.understood["train_loss"].endswith("no number but at steps that were taken back")
    with pytest.raises(GrokphaseError, match="no number but at steps that were taken back"):
        read_curves(write("step,train_loss\n5,1.0\n0,inf\n"), resumed=True)


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        ("acc,val_acc", {"train_accuracy": 0.1, "validation_accuracy": 0.2}),
        ("accuracy,train_loss", {"train_loss": 0.2}),  # of which set is not said
        ("loss,train_acc", {"train_loss": 0.1, "train_accuracy": 0.2}),
        ("loss,train_loss", {"train_loss": 0.2}),
        ("val_acc,test_acc", {"validation_accuracy": 0.1}),
        ("train_loss_step,train_loss_epoch", {"train_loss": 0.2}),
    ],
)
def test_of_names_that_may_be_the_same_the_one_that_says_it_is_taken(write, names: str, taken):
    found = read_curves(write(f"step,{names}\n0,0.1,0.2\n"))
    assert {name: values[0] for name, values in curves(found).items()} == taken


def test_a_loss_that_is_no_number_any_more_has_diverged(write):
    head = "step,train_loss,train_acc,val_acc\n0,3,.1,.1\n10,1,1,.1\n"
    found = read_curves(write(head + "20,nan,.01,.01\n30,,,.01\n"))
    assert curves(found)["train_loss"] == [3, 1, math.inf, math.inf]
    gaps = read_curves(write(head + "20,nan,nan,.01\n"))  # NaN is also how a gap is written
    assert math.isnan(curves(gaps)["train_loss"][-1])


# ---- units


@pytest.mark.parametrize("low", [0.88, 1.0, 1.2])
def test_chance_under_one_percent_is_in_the_unit_of_what_begins_beside_it(write, low: float):
    found = read_curves(write(HEAD + f"0,{low},{0.9 * low}\n5,50,0.99\n9,100,{0.95 * low}\n"))
    assert curves(found)["validation_accuracy"][-1] == pytest.approx(0.0095 * low)
    assert found.understood["val_acc"].endswith("in percent")


def test_units_that_cannot_be_told_are_asked_for(write):
    path = write(HEAD + "0,50,0.45\n9,100,0.45\n")
    with pytest.raises(GrokphaseError, match="--accuracies percent"):
        read_curves(path)
    found = read_curves(path, accuracies="percent")
    assert curves(found)["validation_accuracy"] == pytest.approx([0.0045, 0.0045])
    with pytest.raises(GrokphaseError, match=r"val_acc goes to 1\.2 and train_acc stays at 1"):
        read_curves(write(HEAD + "0,.1,.1\n9,1,1.2\n10,1,.9\n"))


# ---- bad input: a sentence each

WRONG = {
    "empty": ("", "is empty"),
    "names alone": (HEAD, "no row of values"),
    "no names": ("0,.1,.1\n5,.2,.1\n", "first line must name the columns"),
    "steps go back": (HEAD + "0,.1,.1\n9,.1,.1\n4,.1,.1\n", "go back from 9 to 4"),
    "runs interleaved": (HEAD + "0,.1,.1\n0,.2,.1\n9,.1,.1\n9,.2,.2\n", "several runs in one"),
    "two runs": (WANDB, r"holds 2 runs \(sun-3, old\)"),
    "runs by a column": ("run,step,acc\na,0,.1\nb,0,.1\na,5,1\n", r"2 runs \(a, b\)"),
    "accuracy of 250": (HEAD + "0,.1,.1\n9,1,250\n", "val_acc has the value 250"),
    "negative accuracy": (HEAD + "0,.1,-.5\n", "val_acc has the value -0.5"),
    "infinite accuracy": (HEAD + "0,.1,inf\n9,.1,.2\n", "val_acc has the value inf"),
    "no steps": ("acc,val_acc\n.1,.1\n", "no column of steps"),
    "a step missing": (HEAD + "0,.1,.1\n,.2,.1\n", "Line 3 .* no step"),
    "half a step": (HEAD + "0.5,.1,.1\n", "whole numbers from 0"),
    "negative step": (HEAD + "-5,.1,.1\n", "whole numbers from 0"),
    "a word": (HEAD + "0,tensor(0.9),.1\n", "is no number"),
    "cells missing": (HEAD + "0,.1\n9,.1,.1\n", "Line 2 .* has 2 cells for 3 names of columns"),
    "nothing understood": ("a,b\n1,2\n", "No column .* is understood as a curve; it has a, b"),
    "no values": (HEAD + "0,,\n9,nan,NA\n", "no number under train_acc, val_acc: all 2 rows are"),
    "steps of 1e16": (HEAD + "1e16,.1,.1\n", r"up to 9,007,199,254,740,992, beyond"),
    "a comma in a value": (HEAD + '0,"1,234",1\n', r"may be 1234 or 1\.234"),
    "a point in a step": ("step;train_acc\n1.000;0\n2.000;1\n", r"may be 1000 or 1\.000"),
    "two decimal signs": ("step;train_acc\n0;0,5\n1;0.5\n", "write them alike"),
    "a point where commas are": ("step;acc;lr\n0;0,5;0,1\n10.5;0,5;0,1\n", "whole numbers"),
    "percents and shares": (HEAD + "0,1%,.1\n9,0.5,.1\n", r"as in line 3, have none"),
    "a time of day": (HEAD + "2026-11-29T12:00:00+01:00,.1,.1\n", "a time of day; a step is"),
    "seconds since 1970": (HEAD + "1764417600,.1,.1\n1764417660,.2,.1\n", "no count of updates"),
    "steps within epochs": (
        "epoch,step,acc\n0,0,.1\n0,9,.1\n1,0,.1\n1,9,.2\n",
        '"step" of run.csv begins anew in every "epoch"',
    ),
    "names twice": ("step,acc,acc\n0,.1,.2\n", 'two columns named "acc"'),
    "two of a kind": ("step,a/val_acc,val/acc,val_acc\n0,.1,.2,.3\n", "may both be"),
    "no text": (b"\x00\x01\xff\xfe\x00", "is no text"),
    "no JSON": ('{"step": 1}\nfoo\n', "Line 2 .* is no JSON"),
    "half of JSON": ('[\n {"step": 1, "acc": 0.5},\n {"st', "ends within its first object"),
    "no objects": ("[1, 2]", "Row 1 .* is no object"),
    "lists that differ": ('{"step": [1, 2], "acc": [0.1]}', "differ in length"),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG.keys())
def test_one_sentence_each(write, text: str | bytes, says: str):
    with pytest.raises(GrokphaseError, match=says) as refused:
        read_curves(write(text))
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"run": "b"}, "names no runs"),
        ({"columns": {"val_ac": "step"}}, 'Did you mean "val_acc"'),
        ({"columns": {"val_acc": "accuracy"}}, "is not known; allowed"),
        ({"settings": {"learning_rat": 1.0}}, 'Did you mean "learning_rate"'),
        ({"settings": {"learning_rate": -1.0}}, "learning_rate = -1"),
        ({"settings": {"lr": 1.0, "learning_rate": 1.0}}, "gives learning_rate a second time"),
        ({"settings": {"steps_per_epoch": 0.0}}, "steps_per_epoch = 0"),
        ({"settings": {"threshold": 1.0}}, "cannot be exceeded"),
        ({"accuracies": "promille"}, "accuracies"),
    ],
)
def test_options_that_cannot_be(write, options, says: str):
    with pytest.raises(GrokphaseError, match=says):
        read_curves(write(HEAD + "0,.1,.1\n"), **options)


@pytest.mark.parametrize(
    ("steps", "values", "separator"),
    [
        (("900", "1.000", "1.012.345"), ("0,1", "0,25", "1"), ";"),
        (("1.000", "2.000", "3.000"), ("0,1", "0,25", "1,00"), ";"),
        (("1.000", "2.000", "3.000"), ("10,0 %", "25 %", "100 %"), "\t"),
        (("1'000", "2'000", "3'000"), ("0.1", "2.5e-1", "1.000"), ";"),
        (("1\u202f000", "2\u00a0000", "3\u2019000"), ("0,1", "2,5E-01", "1"), ";"),
        (("1e3", "2E+03", "3.0e3"), ("0.1", "0.25", "1.0"), ","),
        (('"1,000"', '"2,000"', '"3,000"'), ('"0.1"', '"0.25"', '"1"'), ","),
        (("1.000", "2.000", "3.000"), ('"0,1"', '"0,25"', '"1,0"'), ","),
        (('"1000"', '"2000"', '"3000"'), ('"0.1"', '"0.25"', '"1"'), " "),
    ],
)
def test_numbers_as_spreadsheets_write_them(write, steps, values, separator: str):
    rows = [("step", "val_acc"), *zip(steps, values, strict=True)]
    found = read_curves(write("\n".join(map(separator.join, rows))))
    expected = [900, 1000, 1_012_345] if steps[0] == "900" else [1000, 2000, 3000]
    assert found.history.step.tolist() == expected
    assert curves(found)["validation_accuracy"] == pytest.approx([0.1, 0.25, 1])


def test_points_of_a_file_with_decimal_points_are_no_thousands(write):
    found = read_curves(write("step;val_acc\n0.000;0.100\n1.000;0.900\n2.000;1.000\n"))
    assert found.history.step.tolist() == [0, 1, 2]
    assert curves(found)["validation_accuracy"] == [0.1, 0.9, 1]


def test_a_column_without_a_number_is_called_empty(write):
    found = read_curves(write("step,acc,val_acc,lr,other\n0,.1,nan,,\n9,1,NaN,,\n"))
    assert found.understood["val_acc"] == "validation accuracy, empty: there is no number in it"
    assert found.understood["lr"] == "learning rate, empty: there is no number in it"
    assert found.unused == ("other",)
    assert "validation_accuracy" not in found.history.curves


def test_a_file_of_an_old_code_page_is_text(write):
    text = "pas;précision_val_acc;val_acc\n1\u00a0000;;0,5\n2\u00a0000;;0,6\n"
    found = read_curves(write(text.encode("cp1252")), columns={"pas": "step"})
    assert found.history.step.tolist() == [1000, 2000]


def test_steps_may_have_commas_between_their_thousands(write):
    found = read_curves(write(HEAD + '900,.1,.1\n"12,345",.9,.1\n"1,012,345",1,.1\n'))
    assert found.history.step.tolist() == [900, 12_345, 1_012_345]
    with pytest.raises(GrokphaseError, match="whole numbers"):
        read_curves(write(HEAD + '"12,34",.1,.1\n'))


def test_a_folder_names_the_files_in_it_and_goes_no_deeper(write, tmp_path: Path, monkeypatch):
    def said() -> str:
        with pytest.raises(GrokphaseError) as refused:
            read_curves(tmp_path)
        return str(refused.value)

    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    write(HEAD, "a/b/c/deep.csv")
    assert "is a folder; nothing in it or folders below is read here: give a file" in said()
    write(HEAD, "a/b/metrics.csv")  # as Lightning's
    assert f"give the one file in it, {tmp_path / 'a' / 'b' / 'metrics.csv'}." in said()
    write(HEAD, "a/other.csv")
    assert "give one of 2 files in it, " in said()
    monkeypatch.setattr("grokphase.forecasting.tables._LOOKED_AT", 0)
    assert "none of the first 0 files" in said()


# ---- whatever is written

NUMBERS = st.floats(0, 1, allow_nan=False).map(lambda share: round(share, 6))
ROWS = st.lists(
    st.tuples(st.integers(0, 10**6), st.one_of(st.none(), NUMBERS), st.one_of(st.none(), NUMBERS)),
    min_size=2,
    max_size=12,
    unique_by=lambda row: row[0],
).map(sorted)


@ANY_FOLDER
@given(rows=ROWS, form=st.sampled_from(["csv", "tsv", "json", "lines", "apart", "percent"]))
@example(rows=[(0, 0.5, None), (7, None, 1.0)], form="lines")
def test_what_is_written_is_read(write, rows, form: str):
    names = ("step", "train/accuracy", "val/accuracy")
    scale = 100 if form == "percent" else 1
    values = [(n, *(None if v is None else v * scale for v in rest)) for n, *rest in rows]
    if form in ("json", "lines"):
        objects = [dict(zip(names, row, strict=True)) for row in values]
        lines = map(json.dumps, objects)
        text = json.dumps(objects) if form == "json" else "\n".join(lines)
    else:
        if form == "apart":  # train and validation in rows of their own, as Lightning writes them
            values = [row for n, a, v in values for row in ((n, a, None), (n, None, v))]
        sign = "\t" if form == "tsv" else ","
        cells = [["" if v is None else repr(v) for v in row] for row in values]
        text = "\n".join(map(sign.join, [names, *cells])) + "\n"
    kept = {name: [r for r in rows if r[at] is not None] for at, name in ((1, "train"), (2, "val"))}
    if not (kept["train"] or kept["val"]):
        return
    found = read_curves(write(text), accuracies="percent" if form == "percent" else "share")
    for at, (short, name) in enumerate((("train", "train"), ("val", "validation")), 1):
        steps, read = found.history.curve(f"{name}_accuracy")
        assert steps.tolist() == [row[0] for row in kept[short]]
        np.testing.assert_allclose(read, [row[at] for row in kept[short]], atol=1e-12)


@ANY_FOLDER
@given(cut=st.integers(0, 400), text=st.sampled_from([LIGHTNING, HF, WANDB_HISTORY, TAGS, KERAS]))
def test_a_file_that_is_cut_off_is_a_beginning_or_refused(write, cut: int, text: str):
    whole = read_curves(write(text)).history
    try:
        found = read_curves(write(text[:cut]), growing=True).history
    except GrokphaseError:
        return
    for name in ("train_accuracy", "validation_accuracy"):
        steps, values = found.curve(name)
        assert steps.tolist() == whole.curve(name)[0].tolist()[: len(steps)]
        np.testing.assert_array_equal(values, whole.curve(name)[1][: len(values)])


@ANY_FOLDER
@given(text=st.text(max_size=60) | st.binary(max_size=40))
@example(text='{"step": 1' + "0" * 400 + ', "val_acc": 1}')
@example(text="[" * 3000)
@example(text='step,val_acc\n"1,2\n')
@example(text="step,val_acc\n1e400,0.5\n")
@example(text="step,val_acc\n1_0,0.5\n")
def test_nothing_but_a_sentence_comes_of_anything_else(write, text: str | bytes):
    with contextlib.suppress(GrokphaseError):
        read_curves(write(text if isinstance(text, bytes) else text.encode("utf-8", "replace")))
