"""``grokphase tasks``: what can be learned."""

from __future__ import annotations

from grokphase.cli.options import OUTPUT, Output
from grokphase.cli.output import print_json, print_table


def list_tasks(*, output: Output = OUTPUT) -> int:
    """List the tasks that have a name, with their options.

    An option is set with --set task.NAME=VALUE. Any other finite operation can be given as a
    table: grokphase train --table my_op.csv.
    """
    from grokphase.tasks import describe, names

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
