"""Tables as programs and spreadsheets write them: read back as the same task, or refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.tasks import Task, from_csv, from_file, from_npy, from_table, modular, task, told
from grokphase.tasks.layouts import operation_in
from grokphase.tasks.sheets import sheet_of


def read(text: str | bytes, **options: str) -> Task:
    """The task in a file of this content, by way of `from_table`'s own path for operations."""
    from grokphase.tasks.tables import _task

    content = text.encode() if isinstance(text, str) else text
    found = operation_in(sheet_of(content, "op.csv"))
    return _task(found, options.get("pairs", "ordered"), "classification", Path("op.csv"))


def lines(table: np.ndarray, separator: str = ",", empty: str = "") -> list[str]:
    return [separator.join(empty if x < 0 else str(x) for x in row) for row in table]


class Way(NamedTuple):
    """A way to write a table of whole numbers, -1 where it is undefined."""

    name: str
    write: Callable[[np.ndarray], bytes]


def frame(table: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(table).where(table >= 0)  # whole numbers become floats beside NaN


def savetxt(table: np.ndarray, **options: str) -> bytes:
    file = io.BytesIO()
    np.savetxt(file, np.where(table < 0, np.nan, table), **options)
    return file.getvalue()


def joined(rows: list[str], end: str = "\n") -> bytes:
    return (end.join(rows) + end).encode()


def samples(table: np.ndarray, header: str = "a,b,c") -> bytes:
    rows = [f"{a},{b},{table[a, b]}" for a, b in np.argwhere(table >= 0)]
    return joined([header, *rows])


def spreadsheet(table: np.ndarray) -> bytes:
    rows = lines(table, ";")
    wide = [f"{row};;" for row in rows] + [";" * (len(rows) + 1)] * 3
    return joined(["sep=;", *wide], "\r\n")


WAYS = [
    Way("commas", lambda t: joined(lines(t))),
    Way("CRLF, a mark, quotes", lambda t: b"\xef\xbb\xbf" + joined(
        [",".join(f'"{x}"' for x in row) for row in t], "\r\n")),
    Way("semicolons", lambda t: joined(lines(t, "; "))),
    Way("tabs", lambda t: joined(lines(t, "\t"))),
    Way("spaces", lambda t: joined([f"  {row} " for row in lines(t, "   ", "NA")])),
    Way("comments", lambda t: b"# op\n\n" + b"\n".join(
        row.encode() + b"  # row" for row in lines(t, " ", "nan"))),
    Way("UTF-16", lambda t: joined(lines(t)).decode().encode("utf-16")),
    Way("UTF-16, no mark", lambda t: joined(lines(t, ",", "NA")).decode().encode("utf-16-le")),
    Way("savetxt", savetxt),
    Way("savetxt, commas", lambda t: savetxt(t, delimiter=",", header="the operation")),
    Way("decimal commas", lambda t: savetxt(t, delimiter=";").replace(b".", b",")),
    Way("a spreadsheet", spreadsheet),
    Way("pandas", lambda t: frame(t).to_csv().encode()),
    Way("pandas, NA", lambda t: frame(t).to_csv(na_rep="NA", sep="\t").encode()),
    Way("pandas, named corner", lambda t: frame(t).to_csv(index_label="a").encode()),
    Way("pandas, named corner, signs", lambda t: frame(t).to_csv(index_label="a\\b").encode()),
    Way("pandas, header", lambda t: frame(t).to_csv(index=False).encode()),
    Way("pandas, index", lambda t: frame(t).to_csv(header=False).encode()),
    Way("pandas, other order", lambda t: frame(t).iloc[::-1].to_csv().encode()),
    Way("R", lambda t: joined([" ".join(map(str, range(len(t)))), *(
        f"{a} {row}" for a, row in enumerate(lines(t, " ", "NA")))])),
    Way("from 1", lambda t: pd.DataFrame(
        t + 1, range(1, len(t) + 1), range(1, len(t) + 1)).replace(0, None).to_csv().encode()),
]  # fmt: skip


@st.composite
def closed_tables(draw: st.DrawFn, least: int = 4) -> np.ndarray:
    """Operations that result in symbols, in which every symbol is in some sample."""
    p = draw(st.integers(least, 7))
    entries = draw(st.lists(st.integers(-1, p - 1), min_size=p * p, max_size=p * p))
    table = np.array(entries).reshape(p, p)
    table[np.arange(p), 0] = draw(st.permutations(range(p)))  # no row is empty
    table[0] = np.where(table[0] < 0, 0, table[0])  # nor column
    table[-1] = 0  # no first column of names, no Cayley table
    table[0, 0] = table[0, 1] = 1  # nor a first row of them
    return table


@pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
@settings(max_examples=15)
@given(table=closed_tables())
def test_a_table_is_read_back_as_the_same_task(way: Way, table: np.ndarray) -> None:
    found, expected = read(way.write(table)), from_table(table)
    assert found == expected
    assert np.array_equal(found.table, expected.table)
    assert found.properties == expected.properties


@settings(max_examples=15)
@given(table=closed_tables(5))
def test_samples_are_read_back_as_the_same_task(table: np.ndarray) -> None:
    expected = from_table(table)
    assert read(samples(table)) == expected
    assert read(samples(table, "left,right,result")) == expected
    assert read(samples(table).partition(b"\n")[2]) == expected
    rows = pd.DataFrame([(a, b, table[a, b]) for a, b in np.argwhere(table >= 0)])
    assert read(rows.to_csv()) == read(rows.to_csv(index=False)) == expected
    assert from_table(rows) == expected


@settings(max_examples=30)
@given(p=st.integers(2, 9), data=st.data())
def test_named_symbols_are_the_same_task_as_numbered_ones(p: int, data: st.DataObject) -> None:
    alphabet = st.text("abcdefgh 'é∘²()", min_size=1, max_size=4).map(str.strip).filter(bool)
    names = data.draw(st.lists(alphabet.map(lambda x: " ".join(x.split())), min_size=p, max_size=p,
                               unique=True))  # fmt: skip
    table = modular("modular-subtraction", p).table
    words = pd.DataFrame([[names[k] for k in row] for row in table], names, names)
    found = read(words.to_csv())
    assert found == from_table(table) == from_table(words)
    assert found.names == tuple(names)
    assert found.properties == modular("modular-subtraction", p).properties
    shuffled = words[data.draw(st.permutations(names))]
    assert read(shuffled.to_csv(sep=";")) == found
    assert read(words.to_csv(index=False)).names == found.names == from_table(
        pd.read_csv(io.StringIO(words.to_csv()), keep_default_na=False)
    ).names  # fmt: skip


def test_the_table_of_pandas_is_the_task_it_was_written_from() -> None:
    """It was read as 6 symbols and 35 samples, since the empty corner reads as undefined."""
    found = read(pd.DataFrame(modular("modular-addition", 5).table).to_csv())
    assert (found.symbols, len(found)) == (5, 25)
    assert found == from_table(modular("modular-addition", 5).table)
    assert told(found) == (
        "op: 5 symbols, 25 ordered pairs, 5 classes; closed, commutative, associative, "
        "identity 0, Latin square: an abelian group"
    )


def test_a_group_may_be_written_with_its_identity_first() -> None:
    klein = "e a b c\na e c b\nb c e a\nc b a e\n"
    found = read(klein)
    assert found == from_table(task("C2xC2").table)
    assert "4 symbols (e, a, b, c)" in told(found)
    assert "identity e, Latin square: an abelian group" in told(found)
    assert from_table([row.split() for row in klein.splitlines()]) == found


def test_numbers_may_be_names_beside_words() -> None:
    signs = read("1,-1,i,-i\n-1,1,-i,i\ni,-i,-1,1\n-i,i,1,-1\n")
    assert signs.names == ("1", "-1", "i", "-i")
    assert len(signs) == 16
    assert signs.properties.group
    assert signs.called(signs.properties.identity) == "1"


def test_units_of_a_ring_are_named_by_their_numbers() -> None:
    units = [1, 3, 5, 7]
    table = pd.DataFrame([[a * b % 8 for b in units] for a in units], units, units)
    found = read(table.to_csv())
    assert found == from_table(task("C2xC2").table)
    assert found.names == ("1", "3", "5", "7")


def test_results_that_are_no_symbols_are_told() -> None:
    found = read(",a,b,c\na,a,low,b\nb,low,b,high\nc,b,high,c\n")
    assert found.names == ("a", "b", "c", "high", "low")
    assert "5 classes, 2 of them no symbols (high, low); not closed" in told(found)
    parity = read(",0,1,2\n0,even,odd,even\n1,odd,even,odd\n2,even,odd,even\n")
    assert parity.labels.tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert [parity.called(k) for k in parity.results] == ["even", "odd"]


def test_one_of_two_pairs_is_enough_where_their_order_does_not_matter() -> None:
    text = "a,b,c\n0,0,0\n0,1,1\n2,0,2\n1,1,2\n1,2,0\n2,2,1\n"
    expected = from_table(modular("modular-addition", 3).table, pairs="unordered")
    assert read(text, pairs="unordered") == expected
    assert read("0,1,2\n,2,0\n,,1\n", pairs="unordered") == expected
    assert len(read(text)) == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,0,0\n0,1,1\n1,1,0\n", "3 samples a,b,c with a∘b=c or a table of 3 symbols"),
        ("a,b,c\n0,0,0\n0,1,1\n1,1,0\n", "a table of 3 symbols with their names or 3 samples"),
        (",0,1,2\n0,0,0,0\n1,0,1,1\n2,1,1,0\n", "a table of 3 symbols with their names or 3"),
        (
            ",1,2\n1,2,0\n2,0,1\n",
            "a table of 2 symbols with their names or a table of 3 symbols without",
        ),
        (
            "0,0,1,2\n0,0,1,2\n1,1,2,0\n2,2,0,1\n",
            "a table of 3 symbols with their names or a table of 4",
        ),
        (
            "low,mid,top\nmid,mid,top\ntop,top,top\n",
            "a table of 2 symbols with their names or a table of 3",
        ),
    ],
)
def test_what_could_be_two_tasks_is_refused(text: str, message: str) -> None:
    with pytest.raises(GrokphaseError, match=rf"op\.csv could be {message}.*write"):
        read(text)


@pytest.mark.parametrize(
    ("text", "symbols", "pairs"),
    [
        ("0,1,2\n1,2,0\n2,0,1\n", 3, 9),
        ("0,1,2\n1,1,2\n2,2,2\n", 3, 9),  # the greater of the two
        ("0,1,2\n0,2,1\n1,0,2\n2,1,0\n", 3, 9),  # subtraction, with a header
        ("-1,1,2\n1,2,0\n2,0,1\n", 3, 8),
        ("0,0,0\n0,1,1\n1,0,1\n1,1,0\n", 2, 4),
        ("0,1,2\n1,2,0\n2,0,1\n,,\n", 3, 9),
        (",0,1\n0,0,1\n1,1,2\n", 2, 4),
        ("*,a,b\na,a,b\nb,b,a\n", 2, 4),
        ("+ 0 1\n0 0 1\n1 1 0\n", 2, 4),
        (",a,b\n0,a,b\n1,b,a\n", 2, 4),
        ("a,b\na,b\n,\n", 2, 2),
        ("#N/A,0\n0,1\n", 2, 3),
        ("C#,D\nD,C#\n", 2, 4),
    ],
)
def test_what_is_read(text: str, symbols: int, pairs: int) -> None:
    found = read(text)
    assert (found.symbols, len(found)) == (symbols, pairs)


def test_frames_of_every_kind(tmp_path: Path) -> None:
    table = modular("modular-division", 5).table
    expected = from_table(table)
    frame = pd.DataFrame(table).where(table >= 0)
    for given_ in (frame, frame.astype("Int64"), frame.astype(object), pl.DataFrame(table)):
        assert from_table(given_) == expected
    assert from_table(pd.DataFrame(table, list("vwxyz"), list("vwxyz"))).names[:2] == ("v", "w")
    assert from_table(np.where(table < 0, np.nan, table)) == expected
    np.save(tmp_path / "words.npy", np.array([["e", "a"], ["a", "e"]]))
    assert from_npy(tmp_path / "words.npy").names == ("e", "a")
    np.save(tmp_path / "rows.npy", [(a, b, table[a, b]) for a, b in np.argwhere(table >= 0)])
    assert from_npy(tmp_path / "rows.npy") == expected


def test_a_task_is_called_by_its_file_and_known_by_its_content(tmp_path: Path) -> None:
    for name in ("first.csv", "addition.tsv", "my op (2).txt"):
        (tmp_path / name).write_text("0,1\n1,0\n")
    names = ("first.csv", "addition.tsv", "my op (2).txt")
    first, addition, other = (from_file(tmp_path / name) for name in names)
    assert (first.name, addition.name, other.name) == ("first", "addition", "my op (2)")
    assert first == addition == other == from_table([[0, 1], [1, 0]])
    assert from_csv(tmp_path / "first.csv").spec()["name"] == "first"
    (tmp_path / "words.csv").write_text(",e,a\ne,e,a\na,a,e\n")
    named = from_file(tmp_path / "words.csv")
    assert named == first
    assert named.spec()["symbols"] == "e\na"
    assert "results" not in named.spec()
