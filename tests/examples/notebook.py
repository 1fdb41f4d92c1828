"""An example in percent format as a notebook; run as a program it writes the one that is shown.

python -m tests.examples.notebook
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[2] / "examples"
SHOWN = FOLDER / "first_session.ipynb"


def notebook(text: str) -> NotebookNode:
    """The cells of a file in percent format."""
    parts = [part for part in re.split(r"^# %%", text, flags=re.MULTILINE) if part.strip()]
    cells = [
        nbformat.v4.new_markdown_cell(_prose(part))
        if part.startswith(" [markdown]")
        else nbformat.v4.new_code_cell(part.strip())
        for part in parts
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # not at random, so that the file changes with its content
    return nbformat.v4.new_notebook(cells=cells)


def executed(made: NotebookNode, folder: Path) -> NotebookNode:
    """The notebook with what its cells show, run in a folder."""
    resources = {"metadata": {"path": folder}}
    done: NotebookNode = NotebookClient(made, timeout=600, resources=resources).execute()
    return done


def _prose(part: str) -> str:
    return re.sub(r"^# ?", "", part.removeprefix(" [markdown]").strip(), flags=re.MULTILINE)


def write() -> None:
    """Execute the first session and keep it as it looks."""
    made = notebook(SHOWN.with_suffix(".py").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        done = executed(made, Path(folder))
        text = nbformat.writes(done).replace(folder, "/home/you")
    SHOWN.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
