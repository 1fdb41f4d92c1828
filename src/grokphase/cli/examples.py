"""The examples under every help page; the tests run each through the parser."""

from __future__ import annotations

from collections.abc import Mapping

_WIDTH = 78
_LR = "recipe.decoder.learning_rate"
_WD = "recipe.decoder.weight_decay"

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "": (
        "grokphase demo",
        f"grokphase map addition --x {_LR}=1e-5..1e-2:16:log --y {_WD}=0..10:11",
        "grokphase train modular-addition --p 59 --model mlp",
        "grokphase reproduce liu2022/fig6b",
        "grokphase runs ls",
    ),
    "demo": ("grokphase demo", "grokphase demo --out my-demo --workers 2"),
    "map": (
        "grokphase map modular-addition",
        f"grokphase map addition --x {_LR}=1e-5..1e-2:16:log --y {_WD}=0..10:11",
        f"grokphase map addition --x {_LR}=1e-5..1e-2:16:log --y {_WD}=0..10:11 --refine",
        f"grokphase map addition --x {_LR}=1e-4,1e-3 --y {_WD}=0,1,5 --seeds 5 --steps 20000",
        f"grokphase map addition --x {_LR}=1e-4,1e-3 --y {_WD}=0,1,5 --by sustained "
        "--set recipe.stop=sustained",
        f"grokphase map modular-addition --p 59 --x split.fraction=0.2..0.8:7 --y {_WD}=0..2:5",
        f"grokphase map addition --x {_LR}=1e-5..1e-2:16:log --y {_WD}=0..10:11 --dry-run",
        "grokphase map my_script.py:train --x lr=1e-4..1e-2:8:log --y wd=0.01..10:7:log",
    ),
    "sweep": (
        "grokphase sweep modular-addition --p 31 --over split.fraction=0.3..0.8:6 --seeds 5",
        f"grokphase sweep addition --over {_LR}=1e-4..1e-2:5:log --seeds 10 --steps 20000",
        "grokphase sweep modular-addition --p 31 --over recipe.optimizer=adamw,adam,sgd",
        "grokphase sweep modular-addition --p 31 --over 'model.widths=128|128,128' "
        "--over recipe.weight_decay=0,1 --over split.fraction=0.4,0.6 --dry-run",
    ),
    "train": (
        "grokphase train addition",
        f"grokphase train addition --seeds 5 --steps 20000 --set {_LR}=1e-4 --set {_WD}=3",
        "grokphase train modular-addition --p 59 --model mlp",
        "grokphase train --table my_op.csv",
        "grokphase train my_script.py:train --seeds 3 --set lr=1e-3",
    ),
    "advise": (
        "grokphase advise 1a2b3c4d",
        "grokphase advise --csv run.csv --set learning_rate=1e-3 --set weight_decay=1",
        "grokphase advise --benchmark",
    ),
    "forecast": (
        "grokphase forecast 1a2b3c4d",
        "grokphase forecast 1a2b3c4d --budget 100000 --out pictures",
        "grokphase forecast --csv run.csv --budget 50000 --set learning_rate=1e-3 "
        "--set weight_decay=1",
        'grokphase forecast --csv wandb_export.csv --run "brisk-sun-3" --json',
        "grokphase forecast --csv run-.-tag-train_acc.csv --csv run-.-tag-val_acc.csv",
        "grokphase forecast --csv log.csv --column acc2=validation_accuracy --accuracies percent",
    ),
    "watch": (
        "grokphase watch run.csv",
        "grokphase watch run.csv --budget 50000 --set learning_rate=1e-3 --set weight_decay=1",
        "grokphase watch lightning_logs/version_0/metrics.csv --json",
        "grokphase watch run.csv --once",
    ),
    "race": (
        "grokphase race",
        "grokphase race modular-addition --p 59 --scale quick --json",
        "grokphase race modular-addition --arms held-norm,dropout --dry-run",
        "grokphase race modular-addition --add my_arm.py",
        "grokphase race --records",
    ),
    "reproduce": (
        "grokphase reproduce liu2022/fig4a",
        "grokphase reproduce liu2022/fig6 --workers 2",
        "grokphase reproduce liu2022 --scale quick",
        "grokphase reproduce liu2022/fig6b --scale paper --store paper-store",
    ),
    "claims": (
        "grokphase claims",
        "grokphase claims liu2022/fig6b",
        "grokphase claims liu2022/critical-fraction",
        "grokphase claims liu2022 --json",
        "grokphase claims --markdown",
    ),
    "corpus": (
        "grokphase corpus show",
        "grokphase corpus build --dry-run",
        "grokphase corpus check",
    ),
    "corpus show": ("grokphase corpus show", "grokphase corpus show my-corpus.parquet --json"),
    "corpus build": (
        "grokphase corpus build --dry-run",
        "grokphase corpus build --runs 10000 --out corpus.parquet --store corpus-store",
    ),
    "corpus check": ("grokphase corpus check", "grokphase corpus check --again 5"),
    "tasks": ("grokphase tasks", "grokphase tasks --table my_op.csv"),
    "settings": (
        "grokphase settings addition",
        "grokphase settings modular-addition --model mlp --set model.dimension=none --json",
    ),
    "theory": (
        "grokphase theory critical-fraction --p 10",
        "grokphase theory grokking-rate --p 1000 --fraction 0.1 --json",
    ),
    "theory critical-fraction": (
        "grokphase theory critical-fraction --p 10 --json",
        "grokphase theory critical-fraction modular-addition --p 59 --modulus 59",
        "grokphase theory critical-fraction S3 --matrices",
    ),
    "theory grokking-rate": ("grokphase theory grokking-rate --p 1000 --fraction 0.1 --json",),
    "theory flow": ("grokphase theory flow --steps 2000",),
    "theory parallelograms": ("grokphase theory parallelograms --count 15",),
    "theory linear": (
        "grokphase theory linear --ratio 0.9 --level 2.5e-4",
        "grokphase theory linear --samples 100 --features 1000 --decay 1e-4 --rate 0.1 --json",
        "grokphase theory linear --matrix inputs.npy --out pictures",
    ),
    "theory first-order": (
        "grokphase theory first-order",
        "grokphase theory first-order --ridge 0.17 --samples 4000 --out pictures",
        "grokphase theory first-order modular --p 401 --ridge 0.2 --json",
    ),
    "theory lazy-rich": (
        "grokphase theory lazy-rich",
        "grokphase theory lazy-rich --scale 0.1 --neurons 400 --json",
        "grokphase theory lazy-rich --dimensions 20 --samples 80 --scale 3 --out pictures",
    ),
    "theory separability": (
        "grokphase theory separability --samples 400 --dimensions 190",
        "grokphase theory separability --ratio 0.4995 --scale 30 --level 1e-8 --json",
        "grokphase theory separability --matrix inputs.npy --out pictures",
    ),
    "theory delay": (
        "grokphase theory delay --rate 1e-3 --decay 1 --memorized 65.6 --generalized 17.5",
        "grokphase theory delay --rate 1e-3 --decay 1 --memorized 65.6 --generalized 17.5 "
        "--fitted 1.45e-3 --out pictures",
        "grokphase theory delay --rate 1e-3 --decay 0.1 --scale 8 --json",
    ),
    "doctor": ("grokphase doctor", "grokphase doctor --store my-store --rebuild"),
    "bench": ("grokphase bench", "grokphase bench --json"),
    "cite": ("grokphase cite", "grokphase cite --json"),
    "runs": (
        "grokphase runs ls",
        "grokphase runs show 1a2b3c4d",
        'grokphase runs query "SELECT phase, count(*) FROM runs GROUP BY phase"',
        "grokphase runs export runs.parquet",
    ),
    "runs ls": (
        "grokphase runs ls",
        "grokphase runs ls --phase grokking --limit 100",
        "grokphase runs ls --sweep map-addition-1a2b3c4d --json",
    ),
    "runs sweeps": ("grokphase runs sweeps", "grokphase runs sweeps --json"),
    "runs show": ("grokphase runs show 1a2b3c4d", "grokphase runs show 1a2b3c4d --json"),
    "runs query": (
        'grokphase runs query "SELECT phase, count(*) FROM runs GROUP BY phase"',
        'grokphase runs query "SELECT step, train_loss FROM curves LIMIT 10" --json',
    ),
    "runs export": (
        "grokphase runs export runs.parquet",
        "grokphase runs export grokked.csv --sql \"SELECT * FROM runs WHERE phase = 'grokking'\"",
        "grokphase runs export curves.parquet --curves --sweep map-addition-1a2b3c4d",
        "grokphase runs export own.csv --sql \"SELECT * FROM arrays WHERE measure = 'spectrum'\"",
    ),
    "runs rm": (
        "grokphase runs rm 1a2b3c4d 5e6f7a8b",
        "grokphase runs rm --sweep map-addition-1a2b3c4d",
    ),
}


def examples(words: str) -> str:
    """The examples of a command as they stand under its help.

    Args:
        words: the command after ``grokphase``; empty for the whole program.

    Returns:
        Lines that can be pasted into a shell; long ones go on after a backslash.

    Example:
        >>> print(examples("cite"))
        Examples:
          grokphase cite
          grokphase cite --json
    """
    return "\n".join(("Examples:", *(_wrapped(line) for line in EXAMPLES[words])))


def _wrapped(line: str) -> str:
    first, *options = line.replace(" --", "\0--").split("\0")
    lines = [f"  {first}"]
    for option in options:
        if len(lines[-1]) + len(option) + 3 > _WIDTH:
            lines[-1] += " \\"
            lines.append(f"      {option}")
        else:
            lines[-1] += f" {option}"
    return "\n".join(lines)
