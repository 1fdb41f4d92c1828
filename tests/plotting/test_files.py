"""Figures on disk: whole, the same each time, with text in the SVG."""

import struct
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.plotting.fakes import made_up_map

from grokphase.files import replacing
from grokphase.plotting import phase_map_figure, save_figure


@pytest.fixture(scope="module")
def figure():
    return phase_map_figure(made_up_map(6, 4))


def test_a_png_at_300_dpi_and_an_svg_with_text(figure, tmp_path):
    png, svg = save_figure(figure, tmp_path / "new" / "map.v1")
    assert (png.name, svg.name) == ("map.v1.png", "map.v1.svg")
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    assert (width, height) == tuple(round(300 * inches) for inches in figure.get_size_inches())
    text = svg.read_text(encoding="utf-8")
    assert "decoder learning rate (per step)</text>" in text
    assert sorted(path.name for path in png.parent.iterdir()) == ["map.v1.png", "map.v1.svg"]


def test_the_same_figure_gives_the_same_bytes(figure, tmp_path):
    first, second = (save_figure(figure, tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_two_threads_write_one_file_and_it_is_that_of_one_of_them(tmp_path):
    path, both = tmp_path / "report.html", Barrier(2)

    def write(letter):
        with replacing(path) as passing, passing.open("w") as file:
            both.wait()
            file.write(letter * 1000)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, "ab"))
    assert path.read_text() in ("a" * 1000, "b" * 1000)
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_link_leads_to_is_written_and_the_link_stays(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "real.html", tmp_path / "report.html"
    real.write_text("old")
    link.symlink_to(real)
    with replacing(link) as passing:
        passing.write_text("new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")

    def write():
        with replacing(path) as passing:
            passing.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
