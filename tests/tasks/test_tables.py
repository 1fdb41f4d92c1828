"""Operations of a user: what is read, and what is refused in a sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grokphase.errors import GrokphaseError
from grokphase.tasks import from_csv, from_file, from_function, from_npy, from_table, modular, task


@given(
    st.integers(2, 8).flatmap(lambda p: arrays(np.int64, (p, p), elements=st.integers(0, 2**40)))
)
def test_classes_stand_for_the_results_in_ascending_order(entries):
    one = from_table(entries)
    assert np.array_equal(one.results[one.table], entries)
    assert (np.diff(one.results) > 0).all()
    assert np.array_equal(one.table[one.inputs[:, 0], one.inputs[:, 1]], one.labels)


@pytest.mark.parametrize("separator", [",", ";", "\t", ", "])
def test_a_csv_file_gives_the_table_written_to_it(tmp_path, separator):
    table = modular("modular-multiplication", 7).table
    file = tmp_path / "product.csv"
    file.write_text("\n".join(separator.join(map(str, row)) for row in table) + "\n\n")
    assert from_csv(file) == from_table(table) == task("table", path=str(file))


def test_an_npy_file_gives_the_table_saved_in_it(tmp_path):
    table = modular("modular-subtraction", 6).table
    np.save(tmp_path / "minus.npy", table)
    np.save(tmp_path / "floats.npy", table.astype(float))
    assert from_npy(tmp_path / "minus.npy") == from_file(tmp_path / "floats.npy")
    assert from_npy(tmp_path / "minus.npy") == from_table(table.tolist())


def test_what_is_not_defined_is_left_out(tmp_path):
    file = tmp_path / "partial.csv"
    file.write_text("\ufeff0,,2\n-1,5, \n2,2,0\n", encoding="utf-8")
    expected = from_table([[0, None, 2], [-1, 5, ""], [2, 2, 0]])
    assert from_csv(file) == expected
    assert expected.inputs.tolist() == [[0, 0], [0, 2], [1, 1], [2, 0], [2, 1], [2, 2]]
    assert expected.results.tolist() == [0, 2, 5]


def test_a_python_function_may_give_negative_results_and_none():
    minus = from_function(lambda a, b: a - b if a != b else None, p=3)
    assert minus.results.tolist() == [-2, -1, 1, 2]
    assert len(minus) == 6
    less = from_function(lambda a, b: a < b, p=4)
    assert less.classes == 2
    assert from_function(lambda a, b: np.int64(a * b % 7), p=7) == from_table(
        modular("modular-multiplication", 7).table
    )


def test_tables_that_differ_have_different_specs():
    one, other = from_table([[0, 1], [1, 0]]), from_table([[0, 1], [1, 1]])
    assert one != other
    assert one == from_table(np.array([[0, 1], [1, 0]], np.uint8))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], "is empty"),
        ([[]], "not square.*row 1 has 0 entries"),
        ([[0, 1]], "not square: it has 1 rows, but row 1 has 2"),
        ([[0, 1], [1]], "row 2 has 1 entries"),
        (np.zeros((2, 3), int), "row 1 has 3"),
        ([[0]], "has 1 rows: from 2 to 1000"),
        (5, "must be a square table"),
        ("my_op.csv", "a file is read by from_file"),
        ([[0, 1], [1, 0.5]], r"row 2, column 2, is 0\.5, which is not a whole number"),
        ([[0, float("inf")], [1, 0]], "is inf"),
        ([[0, "a"], [1, 0]], "is 'a'"),
        ([[0, 2**60 + 1.0], [1, 0]], "at most 2"),
        (np.zeros((2, 2, 2), int), "not a whole number"),
        ([[0, -2], [1, 0]], "holds -2.*-1 means undefined"),
        ([[-1, None], ["", -1]], "defined for no pair"),
    ],
)
def test_what_is_no_table_is_refused(table, message):
    with pytest.raises(GrokphaseError, match=message):
        from_table(table)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\n", "is empty"),
        ("header.csv", b"a,b\n0,1\n", r"header\.csv, line 1, column 1, is 'a'"),
        ("odd.csv", b"\xff\xfe\x00", "no text in UTF-8 or UTF-16"),
        ("latin.csv", "é,a\na,é\n".encode("latin-1"), "no text in UTF-8 or UTF-16"),
        ("oblong.csv", b"1,0\n0,1\n0,0\n", "not square: it has 3 rows of 2 cells"),
        ("ragged.csv", b"# sums\n0,1\n\n1,0,1\n", "not square: line 4 has 3 cells"),
        ("half.csv", b"0,1\n1,0.5\n", r"half\.csv, line 2, column 2, is '0\.5', which is not a"),
        ("letter.csv", b",0,1\n0,0,1\n1,1,O\n", "line 3, column 3, is 'O', which is not a whole"),
        ("minus.csv", b"0,1\n1,-2\n", "line 2, column 2, is -2: in a table results are >= 0"),
        ("quote.csv", b'0,1\n1,"0\n', "line 2, cannot be read"),
        ("thousand.tsv", b"0\t1,000\n1\t0\n", "line 1, column 2, is '1,000'.* two ways"),
        ("twice.csv", b",a,a\na,a,a\nb,a,a\n", "line 1, column 3, names 'a' a second time"),
        ("twice.csv", b",0,1\n0,0,1\n0,1,0\n", "line 3, column 1, names '0' a second time"),
        ("blank.csv", b",a,\na,a,a\nb,a,a\n", "line 1, column 3, has no name"),
        ("other.csv", b",a,b\na,a,b\nc,b,a\n", "line 3, column 1, is the name 'c', which no"),
        ("words.csv", b"a,b\na,b\n", "line 1, column 1, is 'a'.* write their names above"),
        ("says.csv", b"a,b,c\n0,0,0\n0,1,1\n1,0,1\n0,1,0\n", "says 0∘1=0, and line 3 says 1"),
        ("gap.csv", b"a,b,c\n0,0,0\n0,1,1\n1,0,1\n,1,0\n", "line 5, column 1, is empty"),
        ("empty.npy", b"", "No table can be read"),
        ("text.npy", b"0,1\n1,0\n", "No table can be read"),
        ("table.xlsx", b"", r"from a \.csv, \.tsv, \.txt or \.npy file"),
    ],
)
def test_a_file_that_holds_no_table_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GrokphaseError, match=message):
        from_file(tmp_path / name)


def test_a_pickled_array_is_never_loaded(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([[0, None], [1, 0]], object))
    with pytest.raises(GrokphaseError, match="No table can be read"):
        from_npy(tmp_path / "objects.npy")


@pytest.mark.parametrize("name", ["missing.csv", "missing.npy"])
def test_a_missing_file_is_told(tmp_path, name):
    with pytest.raises(GrokphaseError, match=f"There is no file .*{name}"):
        from_file(tmp_path / name)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(GrokphaseError, match="No table can be read"):
        from_file(tmp_path / "folder.csv")


def test_a_function_that_fails_is_told_with_its_arguments():
    with pytest.raises(GrokphaseError, match=r"f\(0, 0\) raised ZeroDivisionError.*return None"):
        from_function(lambda a, b: a // b, p=3)
    with pytest.raises(GrokphaseError, match=r"f\(0, 1\) is 0\.5"):
        from_function(lambda a, b: (a + b) / 2, p=3)


@pytest.mark.parametrize("read", [from_file, from_csv, from_npy])
def test_what_is_no_path_is_told(read):
    with pytest.raises(GrokphaseError, match="5 is no path of a file"):
        read(5)
