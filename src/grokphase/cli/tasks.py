"""``grokphase tasks``: what can be learned."""

from __future__ import annotations

from pathlib import Path

from grokphase.cli.options import OUTPUT, Output
from grokphase.cli.output import print_json, print_table, say_task


def list_tasks(*, table: Path | None = None, output: Output = OUTPUT) -> int:
    """List the tasks that have a name, with their options, or say what a table is read as.

    An option is set with --set task.NAME=VALUE. Any other finite operation can be given as a
    table: grokphase train --table my_op.csv.

    Args:
        table: File with an operation; what is read from it is said in one line.
    """
    from grokphase.tasks import describe, from_file, names, told

    if table is not None:
        read = from_file(table)
        if output.json:
            print_json({"task": told(read), **read.spec()})
        else:
            say_task(told(read))
        return 0
    rows = [_parts(describe(name)) for name in names()]
    if output.json:
        found = [dict(zip(("name", "meaning", "options"), row, strict=True)) for row in rows]
        print_json({"tasks": found})
    else:
        print_table(["task", "meaning", "options"], rows)
    return 0


def _parts(description: str) -> tuple[str, str, str]:
    """Name, meaning and options, from the two lines that describe a task."""
    first, _, second = description.partition("\n")
    name, _, meaning = first.partition(": ")
    return name, meaning, second.strip().removeprefix("options: ")
