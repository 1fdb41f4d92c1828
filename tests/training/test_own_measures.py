"""Measures of a user's own: recorded as they are, known by their code, without a trace in training;
weights kept at log-spaced steps."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import grokphase as gp
from grokphase.code import digest
from grokphase.measures.own import UserMeasure
from grokphase.store.record import RunRecord
from grokphase.training import kept, problem, replace, session
from grokphase.training.batched import in_batches
from grokphase.training.kept import checked_bytes, weights_bytes
from grokphase.training.results import weights_of
from grokphase.training.schedule import every, kept_steps, log_spaced
from grokphase.training.session import Checkpoints, prepare, train_run
from grokphase.training.spec import RunSpec
from grokphase.training.sweep import Sweep


def calls() -> deque[int]:
    """One for each call of `spectrum`; by a name that its code does not hold: what a measure itself
    appends to would be a part of its identity."""
    found: deque[int] = vars(pytest).setdefault("_calls_of_spectrum", deque())
    return found


@gp.measure("length")
def length(network: Any, task: gp.Task, samples: Any) -> Any:
    """A function that JAX can trace."""
    return jnp.sqrt(sum((leaf**2).sum() for leaf in jax.tree.leaves(network)))


@gp.measure("error")
def error(network: Any, task: gp.Task, samples: Any) -> Any:
    """The training loss again, and the validation loss."""
    losses = [jnp.mean((network(part.inputs) - part.targets) ** 2) for part in samples]
    return jnp.stack(losses)


def spectrum(network: Any, task: gp.Task, samples: Any) -> Any:
    """A function that it cannot."""
    weight = np.asarray(network.decoder[0].weight)
    calls().append(len(samples.train.labels) + len(samples.validation.labels) - len(task))
    return np.linalg.svd(weight, compute_uv=False)[0]


SPECTRUM = gp.measure("spectrum")(spectrum)
ALL = (length, error, SPECTRUM)


def spec(*measures: Any, steps: int = 60, **recipe: Any) -> RunSpec:
    given = {"steps": steps, "stop": "budget", "measures": measures, **recipe}
    return gp.run_spec("addition", gp.Toy(widths=(24, 24)), gp.Recipe(**given))


def trained(given: RunSpec, **options: Any) -> RunRecord:
    record = train_run(given, **options)
    assert record is not None
    return record


@pytest.fixture(scope="module")
def plain() -> RunRecord:
    return trained(spec(), keep_weights="final")


@pytest.fixture(scope="module")
def full() -> RunRecord:
    return trained(spec(*ALL), keep_weights="log")


# ---- nothing of the training is touched, and what is recorded is right


def test_measures_and_kept_weights_change_no_bit(plain: RunRecord, full: RunRecord) -> None:
    assert full.train_step == plain.train_step
    assert full.rqi_step == plain.rqi_step
    assert plain.weights is not None
    assert full.weights is not None
    for name, curve in plain.curves.items():
        assert curve.tobytes() == full.curves[name].tobytes(), name
    for name, array in plain.weights.items():
        assert array.tobytes() == full.weights[name].tobytes(), name


def test_what_is_recorded_is_what_the_functions_return(full: RunRecord) -> None:
    np.testing.assert_allclose(full.curves["length"], full.curves["weight_norm"], rtol=1e-6)
    losses = [full.curves["train_loss"], full.curves["validation_loss"]]
    np.testing.assert_allclose(full.curves["error"], np.stack(losses, axis=1), rtol=1e-5)
    assert full.final["error.0"] == full.curves["error"][-1, 0]
    for step, weights in full.snapshots.items():
        row = full.curves["step"].tolist().index(step)
        largest = np.linalg.svd(weights["decoder.0.weight"], compute_uv=False)[0]
        assert full.curves["spectrum"][row] == pytest.approx(largest, rel=1e-5)
    assert set(calls()) == {0}  # the sides of the split are all samples of the task
    assert full.measure_seconds > 0


def test_only_what_cannot_be_traced_is_called_between_segments() -> None:
    own = prepare(spec(*ALL)).program.own
    assert [(each.measure.name, each.shape, each.compiled) for each in own] == [
        ("error", (2,), True),
        ("length", (), True),
        ("spectrum", (), False),
    ]


@pytest.mark.slow
def test_a_module_of_ones_own_is_seen_as_it_is() -> None:
    module = eqx.nn.MLP(6, 2, 4, 1, key=jax.random.key(0))
    task = gp.task("sparse-parity", bits=6, relevant=2, samples=48)
    bias = gp.measure("bias")(lambda network, task, samples: network.module.layers[0].bias)
    recipe = gp.Recipe(steps=2, measures=[bias], stop="budget")
    record = trained(gp.run_spec(task, module, recipe, split=0.5))
    np.testing.assert_array_equal(record.curves["bias"][0], module.layers[0].bias)


class Kept(Checkpoints):
    """Checkpoints in memory."""

    def __init__(self) -> None:
        self.payload: bytes | None = None
        self.saved = 0

    def save_checkpoint(self, run_id: str, payload: bytes) -> None:
        self.payload = payload
        self.saved += 1

    def load_checkpoint(self, run_id: str) -> bytes | None:
        return self.payload

    def drop_checkpoint(self, run_id: str) -> None:
        self.payload = None


def cut_short(given: RunSpec, checkpoints: Kept, **options: Any) -> None:
    """Train for some segments, and stop with a checkpoint."""
    left = iter([False] * 12)
    options = {"segment_seconds": 0.0, "interrupted": lambda: next(left, True), **options}
    assert train_run(given, checkpoints=checkpoints, **options) is None


def test_a_resumed_run_keeps_what_was_measured_and_is_the_same(full: RunRecord) -> None:
    checkpoints = Kept()
    cut_short(spec(*ALL), checkpoints, keep_weights="log")
    calls().clear()
    record = trained(spec(*ALL), checkpoints=checkpoints, keep_weights="log")
    assert 0 < len(calls()) < len(record.curves["step"])
    for name, curve in full.curves.items():
        assert curve.tobytes() == record.curves[name].tobytes(), name
    assert list(record.snapshots) == list(full.snapshots)
    for step, weights in full.snapshots.items():
        for name, array in weights.items():
            np.testing.assert_array_equal(record.snapshots[step][name], array)


@pytest.mark.parametrize(("bytes_a_second", "saved"), [(1e15, 12), (1e-3, 1)])
def test_a_large_state_is_kept_less_often(
    bytes_a_second: float, saved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_BYTES_A_SECOND", bytes_a_second)
    checkpoints = Kept()
    cut_short(spec(*ALL), checkpoints)
    assert checkpoints.saved == saved


def test_a_run_begun_without_snapshots_begins_anew_for_them(full: RunRecord) -> None:
    checkpoints = Kept()
    cut_short(spec(*ALL), checkpoints)
    record = trained(spec(*ALL), checkpoints=checkpoints, keep_weights="log")
    assert list(record.snapshots) == list(full.snapshots)


@pytest.mark.slow
def test_batched_runs_measure_the_same(full: RunRecord) -> None:
    specs = [spec(*ALL), dataclasses.replace(spec(*ALL), seed=3)]
    found = {record.id: record for _, record in in_batches(specs, keep_weights="log")}
    for one in specs:
        alone, together = trained(one, keep_weights="log"), found[one.id]
        assert list(alone.snapshots) == list(together.snapshots)
        for name in ("length", "error", "spectrum"):
            np.testing.assert_allclose(together.curves[name], alone.curves[name], rtol=1e-3)


# ---- identity


def test_changed_code_is_another_run_and_other_layout_is_not() -> None:
    def described(code: str) -> str:
        space: dict[str, Any] = {"np": np, "scale": 2.0, "array": np.arange(3)}
        exec(code, space)
        return digest(space["f"])

    base = described("def help(x): return x + 1\ndef f(n, t, s): return help(n) * scale + array")
    same = "# said\ndef help(y):\n    return y + 1  # why\n\n\ndef f(n, t, s):\n"
    assert described(f"{same}    return help(n) * scale + array") == base
    assert described(f"{same}    return help(n) * scale - array") != base
    assert described(f"{same.replace('+ 1', '+ 2')}    return help(n) * scale + array") != base
    assert described(f"scale = 3.0\n{same}    return help(n) * scale + array") != base
    assert described(f"array = np.arange(3) + 1\n{same}    return help(n) * scale + array") != base


def test_a_measure_is_a_part_of_the_identity_that_the_name_alone_is_not() -> None:
    one, other = (gp.measure("m")(f) for f in (lambda n, t, s: 1.0, lambda n, t, s: 2.0))
    assert len({spec().id, spec(one).id, spec(other).id, spec("embedding").id}) == 4
    assert spec(one, "embedding", one).id == spec("embedding", one).id
    described = spec("embedding", one).recipe.spec()["measures"]
    assert described[0] == "embedding"
    assert described[1] == {"name": "m", "sha256": digest(one.function)}


def test_a_setting_beside_it_can_be_replaced() -> None:
    changed = replace(spec(SPECTRUM), "recipe.weight_decay", 2.0)
    assert changed.recipe.measures == (SPECTRUM,)


# ---- what cannot be


def returning(value: Any) -> UserMeasure:
    return gp.measure("mine")(lambda network, task, samples: value(network))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (lambda network: "big", "returned the word 'big'; it must return one number"),
        (lambda network: None, "returned nothing"),
        (lambda network: network, "returned a Network; it must return one number"),
        (lambda network: [1.0, 2.0], "returned a list; it must return one number, or one array"),
        (lambda network: 1j * network.embedding.sum(), "returned numbers of complex64"),
        (lambda network: np.complex128(1j), "returned numbers of complex"),
        (lambda network: np.array(["a"]), "returned numbers of str"),
        (lambda network: np.zeros(0), r"shape \(0,\), which holds no number"),
        (lambda network: 1 / 0, "raised ZeroDivisionError: division by zero, at step 0; return"),
        (lambda network: network.weights, "raised AttributeError: .*weights.*, at step 0"),
    ],
)
def test_what_is_no_number_is_refused_before_training(
    value: Callable[[Any], Any], said: str
) -> None:
    with pytest.raises(gp.GrokphaseError, match=f'The measure "mine" .*{said}'):
        prepare(spec(returning(value)))


@pytest.mark.slow
def test_another_shape_the_second_time_is_refused_with_the_step() -> None:
    sizes = iter([2, 2, 3, 2, 3])
    called = returning(lambda network: np.asarray(network.embedding)[: next(sizes), 0])
    with pytest.raises(gp.GrokphaseError, match=r"shape \(3,\) at step 1, and of shape \(2,\)"):
        train_run(spec(called))
    traced = returning(lambda network: network.embedding[: next(sizes), 0])
    with pytest.raises(gp.GrokphaseError, match=r"shape \(3,\) .* and of shape \(2,\) before"):
        train_run(spec(traced))


@pytest.mark.slow
def test_what_is_not_a_number_is_data() -> None:
    record = trained(spec(returning(lambda network: float(np.nan)), steps=3))
    assert np.isnan(record.curves["mine"]).all()
    assert len(record.curves["mine"]) == 4


@pytest.mark.slow
def test_what_raises_for_a_diverged_network_is_no_number_there() -> None:
    @gp.measure("mine")
    def fails(network: Any, task: gp.Task, samples: Any) -> float:
        outputs = np.asarray(network(samples.train.inputs), np.float64)
        loss = np.mean((outputs - samples.train.targets) ** 2)
        if not loss < np.finfo(np.float32).max:
            raise ValueError("array must not contain infs or NaNs")
        return 1.0

    wild = gp.Group(1e4)
    record = trained(spec(fails, optimizer="sgd", embedding=wild, decoder=wild, stop="decided"))
    assert record.phase == "diverged"
    assert record.curves["mine"][0] == 1.0
    assert np.isnan(record.curves["mine"][-1])


def test_names_that_cannot_be_are_refused_with_one_that_can() -> None:
    for name in ("", "two words", "1st", "bell\a", "größe", "a.b"):
        with pytest.raises(gp.GrokphaseError, match="cannot name a measure; use up to 64 letters"):
            gp.measure(name)
    with pytest.raises(gp.GrokphaseError, match="needs a name"):
        gp.measure(spectrum)  # type: ignore[arg-type]
    with pytest.raises(gp.GrokphaseError, match="takes a function of a network"):
        gp.measure("mine")(3)  # type: ignore[arg-type]
    for name in ("train_loss", "Embedding", "step", "id"):
        taken = gp.measure(name)(spectrum)
        with pytest.raises(gp.GrokphaseError, match=rf'write gp.measure\("my_{name}"\)'):
            gp.Recipe(measures=[taken])
    two = [gp.measure(name)(lambda n, t, s, k=k: k) for k, name in enumerate(("m", "M"))]
    with pytest.raises(gp.GrokphaseError, match='two measures called "m"'):
        gp.Recipe(measures=two)
    with pytest.raises(gp.GrokphaseError, match=r'measures=\[gp.measure\("spectrum"\)\(spectrum'):
        gp.Recipe(measures=[spectrum])  # type: ignore[list-item]


@pytest.mark.slow
def test_a_script_gives_its_measures_by_name(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "import grokphase as gp\n@gp.measure('size')\ndef size(network, task, samples):\n"
        "    return network.embedding.size\n"
    )
    found = replace(spec(), "recipe.measures", f"embedding,{script}:size").recipe.measures
    assert list(map(str, found)) == ["embedding", "size"]
    assert trained(spec(f"{script}:size", steps=1)).curves["size"].tolist() == [10, 10]
    with pytest.raises(gp.GrokphaseError, match=r'has no measure "sise"; it defines size.*"size"'):
        spec(f"{script}:sise")
    with pytest.raises(gp.GrokphaseError, match="There is no file"):
        spec("nowhere.py:size")
    script.write_text("1 / 0\n")
    with pytest.raises(
        gp.GrokphaseError, match="cannot be run: ZeroDivisionError: division by zero"
    ):
        spec(f"{script}:size")


# ---- the size of what is recorded and kept


def test_more_numbers_than_can_be_held_are_refused_with_what_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(problem, "MOST_RECORDED", 50_000)
    wide = returning(lambda network: jnp.zeros(1000))
    with pytest.raises(gp.GrokphaseError, match=r"points_per_decade = 20 would record .* numbers"):
        prepare(spec(wide, steps=10**6))
    prepare(spec(wide, steps=10**6, points_per_decade=8))
    with pytest.raises(gp.GrokphaseError, match=r"write record_every=21, in a shell") as refused:
        prepare(spec(wide, steps=1000, record_every=1))
    assert "1,011,010 numbers" in str(refused.value)
    prepare(spec(wide, steps=1000, record_every=21))
    with pytest.raises(gp.GrokphaseError, match=r"leave mine out of recipe.measures"):
        prepare(spec(returning(lambda network: jnp.zeros(40_000))))


def test_kept_steps_are_recorded_ones_ten_in_a_decade() -> None:
    schedule = log_spaced(100_000, 20)
    steps = kept_steps(100_000, schedule, "log")
    assert set(steps) <= set(schedule)
    assert len(steps) == 48  # of 51 three fall together with others; step 0, and not the last
    assert steps[0] == 0
    assert steps[-1] < 100_000
    assert kept_steps(100_000, schedule, "final").size == 0
    assert kept_steps(20, every(20, 7), "log").tolist() == [0, 7, 14]


def test_the_bytes_of_kept_weights_are_those_that_are_kept(
    full: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [full.weights or {}, *full.snapshots.values()]
    size = sum(array.nbytes for weights in held for array in weights.values())
    assert weights_bytes([spec(*ALL)] * 3, "log") == 3 * size
    monkeypatch.setattr(kept, "MOST_KEPT_BYTES", 3 * size - 1)
    with pytest.raises(gp.GrokphaseError, match='write keep_weights="final", in a shell --keep-'):
        checked_bytes([spec(*ALL)] * 3, "log")
    with pytest.raises(gp.GrokphaseError, match="needs a store to keep them in"):
        gp.phase_map("addition", x="split.count=40,45", y="recipe.steps=10,20", keep_weights="log")


def test_weights_are_those_of_their_step(full: RunRecord) -> None:
    run = prepare(spec(*ALL))
    for name, array in weights_of(run.params, run.static).items():
        np.testing.assert_array_equal(full.weights_at(0)[name], array)
    assert full.weights_at(60) is full.weights
    with pytest.raises(gp.GrokphaseError, match=r"at step 59 were not kept; those at 0, 1, .* 60"):
        full.weights_at(59)


def test_a_worker_records_them_and_a_store_keeps_them(full: RunRecord, tmp_path: Path) -> None:
    with gp.Store.open(tmp_path / "store") as store:
        store.write([trained(spec(*ALL), keep_weights="final")])
        assert store.existing([full.id], "final") == {full.id}
        assert store.existing([full.id], "log") == set()
        (record,) = Sweep(store, workers=1, keep_weights="log").run([spec(*ALL)])
        assert store.existing([full.id], "log") == {full.id}
        found = store.get(full.id)
        for each in (record, found):
            assert list(each.snapshots) == list(full.snapshots)
            for name, curve in full.curves.items():
                np.testing.assert_array_equal(each.curves[name], curve)
        assert found.measure_seconds == record.measure_seconds > 0
        rows = store.query(
            "SELECT step, value FROM arrays WHERE measure = 'error' AND entry = 1 ORDER BY step"
        ).rows
        pairs = zip(full.curves["step"], full.curves["error"][:, 1], strict=True)
        assert rows == [(step, value) for step, value in pairs]
        asked = "SELECT final_length, final_spectrum FROM runs"
        assert store.query(asked).rows == [(full.final["length"], full.final["spectrum"])]
        (again,) = Sweep(store, keep_weights="log").run([spec(*ALL)])
        assert list(again.snapshots) == list(full.snapshots)
    run = gp.Run(spec(*ALL), full)
    said = dict(run.rows())
    assert "last length" in said
    assert "s of training" in said["measures between segments"]
    assert run.to_pandas()["error.1"].tolist() == full.curves["error"][:, 1].tolist()
    assert run.to_xarray()["error"].dims == ("step", "error_0")


@pytest.mark.slow
def test_entries_that_an_older_store_holds_apart_are_one_array(tmp_path: Path) -> None:
    old = trained(spec("embedding", steps=3))
    rows = old.curves["embedding"].reshape(4, 10)
    apart = {f"embedding.{k}": rows[:, k] for k in range(10)}
    curves = {"step": old.curves["step"], **apart}
    with gp.Store.open(tmp_path / "store") as store:
        store.write([dataclasses.replace(old, curves=curves)])
        np.testing.assert_array_equal(store.get(old.id).curves["embedding"], rows)


@pytest.mark.slow
def test_the_example_of_the_documentation_does_what_it_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "measures.md"
    _, own = page.read_text(encoding="utf-8").split("## Measures of your own")
    names: dict[str, Any] = {}
    exec(own.split("```python\n")[1].split("```")[0], names)
    run = names["run"]
    assert run.curves["spectrum"].shape == (len(run.curves["step"]), 5)
    assert "last l1" in repr(run)
    labels = [axes.get_ylabel() for axes in names["figure"].axes]
    assert {"l1", "spectrum"} <= set(labels)
