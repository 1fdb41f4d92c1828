"""``grokphase tasks``: what can be learned."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from grokphase.cli.options import OUTPUT, Output
from grokphase.cli.output import print_json, print_table, say_task


def list_tasks(*, table: Path | None = None, output: Output = OUTPUT) -> int:
    """List the tasks that have a name, with their options, and the presets, which are published
    runs; or say what a table is read as.

    An option is set with --set task.NAME=VALUE. Any other finite operation can be given as a
    table: grokphase train --table my_op.csv. A preset takes the place of a task: grokphase train
    nanda2023 --p 59, and grokphase settings nanda2023 lists what can be set of it.

    Args:
        table: File with an operation; what is read from it is said in one line.
    """
    from grokphase import presets
    from grokphase.tasks import describe, from_file, names, told

    if table is not None:
        read = from_file(table)
        if output.json:
            print_json({"task": told(read), **read.spec()})
        else:
            say_task(told(read))
        return 0
    columns, rows = ("name", "meaning", "options"), [_parts(describe(name)) for name in names()]
    works = [presets.published(name) for name in presets.names()]
    if output.json:
        found = [dict(zip(columns, row, strict=True)) for row in rows]
        print_json({"tasks": found, "presets": [asdict(work) for work in works]})
        return 0
    print_table(["task", *columns[1:]], rows)
    print()
    print_table(
        ["preset", "published run", "--operation"],
        [(one.name, f"{one.title}, {one.source}", ", ".join(one.operations)) for one in works],
    )
    return 0


def _parts(description: str) -> tuple[str, str, str]:
    """Name, meaning and options, from the two lines that describe a task."""
    first, _, second = description.partition("\n")
    name, _, meaning = first.partition(": ")
    return name, meaning, second.strip().removeprefix("options: ")
