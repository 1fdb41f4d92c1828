"""Small values as typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.cli.app import build_app
from grokphase.cli.parsing import seeds, settings
from grokphase.cli.paths import folder, require_writable
from grokphase.errors import GrokphaseError
from grokphase.store.naming import short_name


@given(count=st.integers(1, 50), first=st.integers(0, 10**9))
def test_a_number_of_seeds_counts_from_the_first(count: int, first: int):
    found = seeds(str(count), first)
    assert found[0] == first
    assert len(set(found)) == len(found) == count
    assert found[-1] - found[0] == count - 1


@given(st.lists(st.integers(0, 10**9), min_size=1, unique=True))
def test_a_list_of_seeds_is_taken_as_it_is(listed: list[int]):
    assert seeds(",".join(map(str, listed)) + ",") == tuple(listed)


def test_more_seeds_than_a_map_has_runs_are_refused():
    assert len(seeds("1000000")) == 1_000_000
    for count in ("1000001", "1" + "0" * 20):
        with pytest.raises(GrokphaseError, match="at most 1,000,000"):
            seeds(count)


@given(st.dictionaries(st.from_regex(r"[a-z]+(\.[a-z0-9]+)*", fullmatch=True), st.integers()))
def test_whole_numbers_stay_whole(values: dict[str, int]):
    found = settings(f"{name}={value}" for name, value in values.items())
    assert found == values
    assert all(isinstance(value, int) for value in found.values())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rates_are_read_exactly(rate: float):
    assert settings([f"rate={rate!r}"]) == {"rate": rate}


def test_words_stay_words():
    assert settings(["recipe.stop=sustained", " a = b "]) == {"recipe.stop": "sustained", "a": "b"}


@pytest.mark.parametrize(
    "value", ["nan", "NaN", "inf", "-inf", "1e999", pytest.param("9" * 400, id="digits")]
)
def test_what_is_not_finite_is_refused(value: str):
    with pytest.raises(GrokphaseError, match="finite"):
        settings([f"rate={value}"])


def test_names_differ_where_content_does():
    names = {short_name(content) for content in ({}, {"a": 1}, {"a": 2}, {"b": 1}, [1], [1, 1])}
    assert len(names) == 6
    assert short_name({"a": 1, "b": 2}) == short_name({"b": 2, "a": 1})


def test_checking_a_place_creates_nothing(tmp_path):
    require_writable(tmp_path / "a" / "b", "--out")
    assert list(tmp_path.iterdir()) == []


def test_a_dangling_link_is_no_place(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "absent")
    with pytest.raises(GrokphaseError, match="not a directory"):
        require_writable(tmp_path / "link", "--out")


def test_a_picture_is_no_directory_unless_it_is_one(tmp_path):
    with pytest.raises(GrokphaseError, match=r"write --out .*/found\.$"):
        folder(tmp_path / "found.PNG", "--out")
    (tmp_path / "v1.json").mkdir()
    for path in (tmp_path / "v1.json", tmp_path / "run-0.5", tmp_path):
        assert folder(path, "--out") == path


def test_every_verb_that_writes_into_a_directory_says_so_of_a_picture():
    """All of them, without a list: whatever has --out, but for `corpus build`, which is a file."""

    def verbs(of, path):
        for name in of:
            if name.startswith("-"):
                continue
            inner = of[name]
            yield from verbs(inner, (*path, name))
            if inner.default_command is not None:
                yield (*path, name), inner

    seen = {}
    for path, verb in verbs(build_app(), ()):
        for argument in verb.assemble_argument_collection():
            if "--out" in argument.names:
                seen[path] = argument.parameter.converter is not None
    assert len(seen) > 10
    assert [path for path, checked in seen.items() if not checked] == [("corpus", "build")]
