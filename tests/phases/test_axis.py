from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.phases import Axis
from grokphase.phases.axis_text import word

RATE = "recipe.decoder.learning_rate"
MANY_DIGITS = "9" * 5000  # more than Python reads as an integer


def test_a_log_range_is_that_of_figure_6() -> None:
    axis = Axis.parse(f"{RATE}=1e-5..1e-2:16:log")
    assert axis.name == RATE
    assert axis.scale == "log"
    assert axis.values[0] == 1e-5
    assert axis.values[-1] == 1e-2
    np.testing.assert_allclose(axis.values, 10 ** np.linspace(-5, -2, 16), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "values", "scale"),
    [
        ("a=0..10:11", tuple(range(11)), "linear"),
        ("a=0..1:3", (0.0, 0.5, 1.0), "linear"),
        ("a=0.0..2:3", (0.0, 1.0, 2.0), "linear"),
        ("a=-1..1:3:linear", (-1, 0, 1), "linear"),
        ("a=1..1000:4:log", (1, 10, 100, 1000), "log"),
        ("a=1.0..100:3:log", (1.0, 10.0, 100.0), "log"),
        ("a=5..45:9:int", (5, 10, 15, 20, 25, 30, 35, 40, 45), "linear"),
        ("a=1..10:3:log:int", (1, 3, 10), "log"),
        ("a=0,1,2.5", (0.0, 1.0, 2.5), "list"),
        (" a.b-c.0 = 1 , 2 , 30 ", (1, 2, 30), "list"),
        ("a=1e-3,.5,2.", (0.001, 0.5, 2.0), "list"),
        ("a=1..100000000000000000000:3:log", (1, 10**10, 10**20), "log"),
    ],
)
def test_what_can_be_written(text: str, values: tuple[float, ...], scale: str) -> None:
    axis = Axis.parse(text)
    assert axis.values == values
    assert [type(value) for value in axis.values] == [type(value) for value in values]
    assert axis.scale == scale
    assert axis.size == len(values)
    assert axis.integral == isinstance(values[0], int)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (RATE, "write a name and values"),
        ("=0,1", "no name of an axis"),
        ("two words=0,1", "no name of an axis"),
        ("a=", "has 0 values"),
        ("a=1", "has 1 value;"),
        ("a=1..2", "write a=1..2:11"),
        ("a=2..1:3", "empty range; it must ascend, as in a=1..2:3"),
        ("a=1..1:3", "both ends are 1"),
        ("a=0..1:1", 'asks for "1" values'),
        ("a=0..1:x", 'asks for "x" values'),
        ("a=0..1:2.5", 'asks for "2.5" values'),
        ("a=0..1:10001", "from 2 to 10,000"),
        pytest.param(f"a=0..1:{MANY_DIGITS}", "from 2 to 10,000", id="values beyond counting"),
        pytest.param(f"a=1,{MANY_DIGITS}", "finite", id="beyond floats in a list"),
        pytest.param(f"a=1..{MANY_DIGITS}:3", "finite", id="beyond floats in a range"),
        ("a=0..1:3:log", "starts above 0"),
        ("a=-1..1:3:log", "starts above 0"),
        ("a=0..1:3:lgo", 'Did you mean "log"'),
        ("a=0..1:3:log:log", "has the scale"),
        ("a=1..2:3:log:linear", "both linear and log"),
        ("a=nan,1", "finite"),
        ("a=0..inf:3", "finite"),
        ("a=0..x:3", 'has the value "x"'),
        ("a=0,,1", "which is no number"),
        ("a=1,1.0", "twice"),
        ("a=0..2:9:int", "twice"),
        ("a=2,1", "write a=1,2"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(text: str, match: str) -> None:
    with pytest.raises(GrokphaseError, match=match) as refused:
        Axis.parse(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "scale", "match"),
    [
        ((0.0, 1.0), "log", "on a log axis"),
        ((1.0, float("nan")), "list", "not finite"),
        ((1.0,), "linear", "at least two"),
        ((1, 2), "lgo", 'Did you mean "log"'),
        (tuple(range(10_001)), "list", "at most 10,000"),
    ],
)
def test_axes_made_by_hand_are_checked_too(
    values: tuple[float, ...], scale: str, match: str
) -> None:
    with pytest.raises(GrokphaseError, match=match):
        Axis("a", values, scale)  # type: ignore[arg-type]


def test_numpy_numbers_become_plain_ones() -> None:
    assert [type(v) for v in Axis("a", tuple(np.arange(3))).values] == [int] * 3
    assert [type(v) for v in Axis("a", tuple(np.linspace(0, 1, 3))).values] == [float] * 3
    assert Axis("a", (1, 2.5)).values == (1.0, 2.5)
    assert Axis("a", [1, 2]) == Axis("a", (1, 2))  # type: ignore[arg-type]
    assert hash(Axis("a", (1, 2))) == hash(Axis("a", (1, 2)))


finite = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(
    st.lists(finite | st.integers(-999, 999), min_size=2, max_size=9, unique=True),
    st.sampled_from(["linear", "list"]),
)
def test_the_text_of_an_axis_reads_back_with_its_values(values: list[float], scale: str) -> None:
    axis = Axis("a.b", tuple(sorted(values)), scale)  # type: ignore[arg-type]
    again = Axis.parse(str(axis))
    assert again.values == axis.values
    assert again.integral == axis.integral


@pytest.mark.parametrize(
    "text", ["a=0..10:11", "a=1..1000:4:log", "a=1..10:4:log:int", "a=0.5,1.0,7.0", "a=0.0..1.0:7"]
)
def test_the_text_of_a_range_is_a_range(text: str) -> None:
    assert str(Axis.parse(text)) == text


@pytest.mark.parametrize("text", [f"{RATE}=1e-5..1e-2:16:log", "a=0..10:11", "a=0,1,5,50"])
@pytest.mark.parametrize("times", [1, 2, 4])
def test_a_refined_axis_keeps_every_value_and_divides_the_spacing(text: str, times: int) -> None:
    axis = Axis.parse(text)
    fine = axis.refined(times)
    assert fine.size == (axis.size - 1) * times + 1
    assert fine.values[::times] == axis.values
    assert fine.scale == axis.scale
    spaced = np.log(fine.values) if axis.scale == "log" else np.array(fine.values)
    within = np.diff(spaced).reshape(axis.size - 1, times)
    np.testing.assert_allclose(within, within[:, :1] * np.ones(times), rtol=1e-6)


def test_integers_stay_integers_when_refined_to_integers() -> None:
    assert Axis("a", (0, 4, 8)).refined(4).integral
    assert not Axis("a", (0, 1)).refined(2).integral
    with pytest.raises(GrokphaseError, match="1, 2, 3"):
        Axis("a", (0, 1)).refined(0)
    with pytest.raises(GrokphaseError, match="at most 10,000"):
        Axis("a", (0, 1)).refined(10**18)


def test_positions_between_cells() -> None:
    log, linear = Axis("a", (1e-4, 1e-2), "log"), Axis("a", (0, 10, 40))
    assert log.at(0.5) == pytest.approx(1e-3)
    assert linear.at(0.5) == 5
    assert linear.at(1.5) == 25
    assert linear.at(2) == 40
    for outside in (-0.1, 2.1, float("nan")):
        with pytest.raises(GrokphaseError, match="outside"):
            linear.at(outside)


@given(st.lists(finite, min_size=2, max_size=12, unique=True))
def test_labels_tell_all_values_apart(values: list[float]) -> None:
    labels = Axis("a", tuple(sorted(values))).labels()
    assert len(set(labels)) == len(values)


def test_labels_are_short() -> None:
    assert Axis.parse(f"{RATE}=1e-5..1e-2:4:log").labels() == ("1e-5", "0.0001", "0.001", "0.01")
    assert Axis("a", (1, 1000, 100000)).labels() == ("1", "1000", "100000")
    assert Axis("a", (1.0, 1e6)).labels() == ("1", "1e6")
    assert Axis("a", (1.0001, 1.0002)).labels() == ("1.0001", "1.0002")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=0.2..0.9:6", [0.2, 0.34, 0.48, 0.62, 0.76, 0.9]),
        ("a=0..1:11", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("a=-0.3..0.3:7", [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]),
        ("a=1e-5..1e-2:4:log", [1e-5, 1e-4, 1e-3, 1e-2]),
        ("a=0.1..10:5:log", [0.1, 0.1 * 10**0.5, 1.0, 10**0.5, 10.0]),
        ("a=3e-4..3e-1:4:log", [3e-4, 3e-3, 3e-2, 3e-1]),
        ("a=0.1,0.34,0.7", [0.1, 0.34, 0.7]),
    ],
)
def test_values_are_the_decimals_that_were_written(text: str, values: list[float]):
    found = Axis.parse(text).values
    assert found == pytest.approx(values, rel=1e-15)
    short = [value for value in values if len(repr(value)) < 8]
    assert [value for value in found if len(repr(value)) < 8] == short


@given(st.integers(2, 40), st.integers(-99, 99), st.integers(1, 99), st.integers(1, 4))
def test_even_spacing_is_exact_in_decimals(count: int, first: int, step: int, places: int):
    """n steps of a decimal end where they should, and every value reads as it is written."""
    written = [Decimal(first + step * index).scaleb(-places) for index in range(count)]
    values = Axis.parse(f"a={written[0]}..{written[-1]}:{count}").values
    assert list(values) == [float(value) for value in written]


@pytest.mark.parametrize("scale", ["linear", "log"])
@given(st.integers(2, 6))
def test_refined_values_are_decimals_too(scale: str, times: int):
    coarse = Axis("a", (0.01, 1.0), scale).refined(times)  # type: ignore[arg-type]
    between = [0.01 + 0.99 * i / times for i in range(times + 1)]
    if scale == "log":
        between = [0.01 * 100 ** (i / times) for i in range(times + 1)]
    assert coarse.values == pytest.approx(between)
    again = Axis("a", (0.2, 0.9), "linear").refined(7)
    assert again.values == (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ((0.125, 0.3333, 1.0), ("0.125", "0.3333", "1")),
        ((0.2, 0.34, 0.9), ("0.2", "0.34", "0.9")),
        ((1.25, 1234.5), ("1.25", "1234.5")),
        ((1 / 3, 2 / 3), ("0.333", "0.667")),
    ],
)
def test_a_label_is_the_value_where_it_is_short(values: tuple[float, ...], labels: tuple[str, ...]):
    assert Axis("a", values).labels() == labels


@pytest.mark.parametrize("name", ["recipe.weight_decay", "model.widths.0, model.widths.1"])
def test_tied_leaves_make_an_axis_that_reads_itself(name: str):
    axis = Axis.parse(f"{name}=1,2,3")
    assert len(axis.leaves) == 2
    assert Axis.parse(str(axis)) == axis
    assert " " not in axis.name


def test_a_leaf_tied_to_itself_is_refused():
    with pytest.raises(GrokphaseError, match="twice"):
        Axis.parse("recipe.weight_decay,recipe.decoder.weight_decay=0,1")


words = st.text("abz_09", min_size=1, max_size=6).filter(lambda text: not text[0].isdigit())
numbers = st.integers(-999, 999).map(str) | st.floats(-9, 9, allow_subnormal=False).map(repr)
lists = st.lists(words | numbers, min_size=1, max_size=3).map(",".join)


@given(st.lists(lists, min_size=2, max_size=5, unique=True))
def test_an_axis_of_words_reads_its_own_text_and_keeps_their_order(values: list[str]):
    # 1e0 and 1.0 are two texts of one number, and a value is given once.
    assume(len({word("a.b", value) for value in values}) == len(values))
    axis = Axis("a.b", tuple(values), "categories")
    assert axis.scale == "categories"
    assert not axis.ordered
    assert Axis.parse(str(axis)) == axis
    assert [axis.index(value) for value in values] == [*range(len(values))]
    assert len(axis.labels()) == len(values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("recipe.optimizer=sgd,adamw", ("sgd", "adamw")),
        ("recipe.batch=none, 32", ("none", "32")),
        ("model.widths=200|200,200", ("200", "200,200")),
        ("model.widths = 64 | 128 | 64, 64", ("64", "128", "64,64")),
        ("recipe.thresholds.rule=>,>=", (">", ">=")),
        ("recipe.batch=1e3|none", ("1000.0", "none")),
    ],
)
def test_words_that_can_be_written(text: str, values: tuple[str, ...]):
    axis = Axis.parse(text)
    assert (axis.values, axis.scale) == (values, "categories")
    assert Axis.parse(str(axis)) == axis


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a=adamw", "has 1 value;"),
        ("a=adamw,adamw", "adamw twice"),
        ("a=8|8.0|8", "8 twice"),
        ("a=8|", 'has the value ""'),
        ("a=one two,three", 'has the value "one two"'),
        ("a=x..y:3", 'has the value "x"'),
        ("a=b,nan", "finite"),
    ],
)
def test_words_that_cannot_be_used_are_refused_in_one_sentence(text: str, match: str):
    with pytest.raises(GrokphaseError, match=match) as refused:
        Axis.parse(text)
    assert "\n" not in str(refused.value)


def test_nothing_lies_between_two_words():
    axis = Axis("recipe.optimizer", ("adamw", "sgd"))
    for between in (lambda: axis.at(0), lambda: axis.refined(2), lambda: axis.numbers):
        with pytest.raises(GrokphaseError, match="have no order"):
            between()
