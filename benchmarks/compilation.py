"""What it takes to compile a run, with an option of XLA and without, and whether bits are the same.

`.venv/bin/python -m benchmarks.compilation --preset power2022 --p 23 --steps 12
--start xla_cpu_use_fusion_emitters=false` compiles the start of the run and its loop of steps as
they are, then with the options given for the start (`--start`) and for the loop (`--loop`), and
compares every array of the state at step 0 and after some steps. Seconds are of the processor, in
one process with a worker's environment. An option that changes a bit is not for runs of the present
numerics (`grokphase.numerics`).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import Any

from grokphase.workers.kinds import OURS

KINDS = ("toy", "mlp", "S3", "mnist")  # besides the presets, each as it usually is


def run_of(name: str, p: int | None) -> Any:
    """The prepared run of a kind or of a preset."""
    import grokphase as gp
    from grokphase.training.session import prepare

    if name == "toy":
        return prepare(gp.run_spec("addition"))
    if name == "mlp":
        return prepare(gp.run_spec(gp.task("modular-addition", p=p or 59)))
    if name in KINDS:
        return prepare(gp.run_spec(name))
    return prepare(gp.preset(name) if p is None else gp.preset(name, p=p))


def option(text: str) -> dict[str, Any]:
    """`name=value` as an option of a compilation."""
    name, _, value = text.partition("=")
    words: dict[str, Any] = {"true": True, "false": False}
    return {name: int(value) if value.lstrip("-").isdigit() else words.get(value, value)}


def different(one: Any, other: Any) -> list[str]:
    """The parts of a state whose bits differ."""
    import jax
    import numpy as np

    leaves = jax.tree_util.tree_leaves_with_path(one)
    pairs = zip(leaves, jax.tree.leaves(other), strict=True)
    return [
        jax.tree_util.keystr(path)
        for (path, a), b in pairs
        if np.asarray(a).tobytes() != np.asarray(b).tobytes()
    ]


def measured(name: str, p: int | None, steps: int, more: list[dict[str, Any]]) -> dict[str, Any]:
    """Seconds of the processor for each part of a compilation, before and after, and what differs.

    Args:
        name: of a kind or a preset.
        p: its modulus; None for the usual one.
        steps: until which states are compared.
        more: options of the start and of the loop, besides those that they have.
    """
    import jax
    import numpy as np

    from grokphase.training import compilation
    from grokphase.training.loop import Loop

    run = run_of(name, p)
    loop = Loop(run.program, run.static, compilation.block_of(run.static))
    once, always = compilation.options_of(run.static, run.problem)
    clock = [time.process_time()]

    def lap() -> float:
        clock.append(time.process_time())
        return round(clock[-1] - clock[-2], 2)

    taken: dict[str, float] = {}
    start = jax.jit(loop.start).trace(run.params, run.problem)
    taken["trace_start"] = lap()
    lowered = [start.lower()]
    taken["lower_start"] = lap()
    until = jax.ShapeDtypeStruct((), np.int32)
    segment = jax.jit(loop.segment).trace(start.out_info, run.problem, until)
    taken["trace_loop"] = lap()
    lowered.append(segment.lower())
    taken["lower_loop"] = lap()

    rows: dict[str, dict[str, float]] = {}
    states = []
    for when, added in (("before", ({}, {})), ("after", more)):
        options = [once | added[0], always | added[1]]
        lap()
        begin = lowered[0].compile(compiler_options=options[0])
        rows[when] = {"start": lap()}
        going = lowered[1].compile(compiler_options=options[1])
        rows[when]["loop"] = lap()
        state = begin(run.params, run.problem)
        later = jax.block_until_ready(going(state, run.problem, np.int32(steps)))
        lap()
        later = jax.block_until_ready(going(later, run.problem, np.int32(2 * steps)))
        rows[when]["step_ms"] = round(1e3 * lap() / steps, 3)
        states.append((state, later))
    (first, last), (other_first, other_last) = states
    return {
        "seconds": taken,
        **rows,
        "different_at_0": different(first, other_first),
        f"different_at_{2 * steps}": different(last, other_last),
    }


def main() -> None:
    """Measure, in a process that starts as a worker does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--preset", default="toy", help=f"{', '.join(KINDS)}, or a published run")
    parser.add_argument("--p", type=int, help="its modulus")
    parser.add_argument("--steps", type=int, default=20, help="until states are compared, twice")
    parser.add_argument("--start", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--loop", action="append", default=[], metavar="NAME=VALUE")
    given = parser.parse_args()
    wanted = OURS.environment()
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        command = [sys.executable, "-m", "benchmarks.compilation", *sys.argv[1:]]
        os.execve(sys.executable, command, wanted)
    more = [
        {name: value for text in texts for name, value in option(text).items()}
        for texts in (given.start, given.loop)
    ]
    print(json.dumps(measured(given.preset, given.p, given.steps, more), indent=2))


if __name__ == "__main__":
    main()
