"""Which settings tell runs apart, and what they are called for short."""

from __future__ import annotations

from grokphase.store.differences import differing, leaf_columns, short_names, telling


def specs(*pairs: tuple[float, float], joint: bool = False) -> list[dict[str, object]]:
    return [
        {
            "task": {"name": "addition", "p": 5},
            "model": {"widths": [8, width]},
            "recipe": {
                "embedding": {"decay": decay if joint else 0},
                "decoder": {"decay": decay},
            },
            "seed": seed,
        }
        for seed, (width, decay) in enumerate(pairs)
    ]


def names(found: list[dict[str, object]]) -> list[str]:
    leaves = leaf_columns(found)
    told = telling(differing(leaves), [0] * len(found))
    return [*short_names(told, leaves).values()]


def test_what_all_share_is_left_out() -> None:
    assert names(specs((2, 0), (2, 0))) == []
    assert names(specs((2, 0), (2, 1))) == ["decoder.decay"]
    assert names(specs((2, 0), (3, 0))) == ["widths.1"]


def test_the_leaf_that_splits_most_stands_first() -> None:
    assert names(specs((2, 0), (2, 1), (3, 2), (3, 3))) == ["decoder.decay", "widths.1"]
    assert names(specs((2, 0), (3, 0), (4, 1), (5, 1))) == ["widths.1", "decoder.decay"]


def test_leaves_that_vary_together_are_one() -> None:
    assert names(specs((2, 0), (2, 1), joint=True)) == ["decay"]


def test_a_leaf_that_some_lack_is_a_difference() -> None:
    found = specs((2, 0), (2, 0))
    found[1]["model"] = {"widths": [8, 2, 7]}
    assert differing(leaf_columns(found)) == {"model.widths": ["8,2", "8,2,7"]}
    del found[1]["model"]
    assert differing(leaf_columns(found)) == {
        "model.widths.0": [8, None],
        "model.widths.1": [2, None],
    }


def test_a_list_of_a_setting_is_one_difference() -> None:
    found: list[dict[str, object]] = [{"layers": value} for value in ([8, 8], [8], 4)]
    assert names(found) == ["layers"]
    assert names([{"layers": [8, 8]}, {"layers": [9, 9]}]) == ["layers"]


def test_digests_tell_no_runs_apart() -> None:
    found: list[dict[str, object]] = [
        {"recipe": {"measures": ["rank", {"name": "mine", "sha256": digit * 64}]}, "decay": decay}
        for digit, decay in ("a0", "b1", "c1")
    ]
    found += [{"recipe": {}, "decay": "1"}]
    assert [name for name in names(found) if "sha256" in name] == []
    assert "decay" in names(found)
