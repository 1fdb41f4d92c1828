"""What each accelerator adds to a step, beside AdamW's step and beside moving its state once.

`.venv/bin/python -m benchmarks.accelerators [--json] [--rounds 9] [--model transformer|mlp]
[--kind muon]` takes some minutes. All is measured in one process with a worker's environment, one
thread, by processor time, in rounds taken in turn, so that what else the machine does cancels in
ratios. Modular addition, p = 59, half of the pairs, width 128.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from grokphase.workers.kinds import ours
from grokphase.workers.processor import processor

Advance = Callable[[int], None]
PLAIN = "none"
STEPS = {"transformer": 10, "mlp": 20}  # of one measurement: one evaluation
LAST = 10**6  # steps of a run that is not to end


def settings_of(kind: str) -> dict[str, Any]:
    """Arms beside those at their defaults: what one kind can be that costs something else."""
    return {"kind": "egalitarian", "method": "randomized"} if kind == "sketched" else {"kind": kind}


def prepared(model: str, kind: str) -> Any:
    """The run of an accelerator that neither stops nor records while it is measured."""
    import grokphase as gp
    from grokphase.training.session import prepare

    learner = gp.Transformer() if model == "transformer" else gp.MLP()
    recipe = gp.Recipe(
        steps=LAST,
        record_every=LAST,
        stop="budget",
        evaluate_every=STEPS[model],
        # As a spec says it, which a recipe reads.
        accelerator=None if kind == PLAIN else settings_of(kind),  # type: ignore[arg-type]
    )
    return prepare(gp.run_spec(gp.task("modular-addition", p=59), learner, recipe))


def step_of(run: Any) -> tuple[Advance, int]:
    """A function that trains for some steps, and the bytes of what its optimizer remembers."""
    import jax
    import numpy as np

    loop = run.compiled()
    state = loop.start(run.params, run.problem)
    remembered = jax.tree.leaves((state.optimizer, state.accelerator))

    def advance(steps: int) -> None:
        nonlocal state
        until = np.int32(int(state.step) + steps)
        state = jax.block_until_ready(loop.segment(state, run.problem, until))

    return advance, sum(leaf.nbytes for leaf in remembered)


def moving(size: int) -> Advance:
    """A function that reads and writes so many bytes, some times over."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from grokphase.training.compilation import CPU_OPTIONS

    held = jnp.ones(max(size // 4, 1), jnp.float32)

    def over(x: Any, count: Any) -> Any:
        return jax.lax.fori_loop(0, count, lambda k, x: x * 0.999, x)

    shape = jax.ShapeDtypeStruct((), jnp.int32)
    compiled = jax.jit(over).lower(held, shape).compile(compiler_options=CPU_OPTIONS)
    return lambda steps: jax.block_until_ready(compiled(held, np.int32(steps)))


def _cost(advance: Advance, steps: int) -> float:
    """Milliseconds of the processor a step."""
    busy = time.process_time()
    advance(steps)
    return 1e3 * (time.process_time() - busy) / steps


def measured(model: str, kinds: Sequence[str], rounds: int) -> dict[str, Any]:
    """Every kind: medians over rounds, and of the ratios of a round."""
    import jax

    steps = STEPS[model]
    runs = {kind: prepared(model, kind) for kind in (PLAIN, *kinds)}
    parameters = sum(leaf.size for leaf in jax.tree.leaves(runs[PLAIN].params))
    made = {kind: step_of(run) for kind, run in runs.items()}
    more = {kind: made[kind][1] - made[PLAIN][1] for kind in kinds}
    bounds = {kind: moving(size) for kind, size in more.items() if size > 4 * parameters / 10}
    for advance in [*(advance for advance, _ in made.values()), *bounds.values()]:
        advance(steps)
    found = [
        {
            **{kind: _cost(advance, steps) for kind, (advance, _) in made.items()},
            **{f"{kind} bound": _cost(advance, steps) for kind, advance in bounds.items()},
        }
        for _ in range(rounds)
    ]

    def middle(values: Sequence[float]) -> float:
        return round(statistics.median(values), 3)

    rows: dict[str, Any] = {PLAIN: {"step_cpu_ms": middle([one[PLAIN] for one in found])}}
    for kind in kinds:
        rows[kind] = {
            "step_cpu_ms": middle([one[kind] for one in found]),
            "in_adamw_steps": middle([one[kind] / one[PLAIN] for one in found]),
            "added_cpu_ms": middle([one[kind] - one[PLAIN] for one in found]),
            "state_bytes_a_parameter": round(made[kind][1] / parameters, 2),
            "bound_cpu_ms": (
                middle([one[f"{kind} bound"] for one in found]) if kind in bounds else None
            ),
        }
    return {
        "model": model,
        "parameters": parameters,
        "rows": rows,
        "taken": {
            "date": time.strftime("%Y-%m-%d"),
            "rounds": rounds,
            "by": "processor time of one thread",
            "processor": processor()["processor"],
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "jax": jax.__version__,
        },
    }


def main() -> None:
    """Measure, in a process that starts as a worker does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--model", choices=sorted(STEPS), default="transformer")
    parser.add_argument("--kind", action="append", help="an accelerator; all if not given")
    given = parser.parse_args()
    wanted = ours(1).environment()
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        command = [sys.executable, "-m", "benchmarks.accelerators", *sys.argv[1:]]
        os.execve(sys.executable, command, wanted)
    from grokphase.accelerators import kinds

    found = measured(given.model, given.kind or [*kinds(), "sketched"], given.rounds)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for kind, row in found["rows"].items():
        print(kind, *(f"{key} {value}" for key, value in row.items()), sep="\n  ")


if __name__ == "__main__":
    main()
