"""Published works as presets: what their files say is trained, and every leaf can be set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import grokphase as gp
from grokphase.cli.experiment import experiment_spec
from grokphase.cli.options import Experiment
from grokphase.mapping.design import design_of
from grokphase.presets import facts, names, published
from grokphase.training.activations import cached
from grokphase.training.asked import run_spec
from grokphase.training.leaks import leaks
from grokphase.training.leaves import leaves as leaves_of
from grokphase.training.leaves import replace
from grokphase.training.listing import settings_of
from grokphase.training.published import preset, provenance
from grokphase.training.session import train_run
from grokphase.training.usual import usual_preset

DOMAINS = {  # Power et al.: 97^2, 97 * 96 for division, 120^2
    "x+y": 9409,
    "x - y": 9409,
    "x/y": 9312,
    "x / y if y odd else x - y": 9409,
    "x^2+y^2": 9409,
    "x^2+xy+y^2": 9409,
    "x^2+xy+y^2+x": 9409,
    "x^3+xy": 9409,
    "x^3+xy^2+y": 9409,
    "S5": 14400,
    "S5 x.y.x^-1": 14400,
    "S5 x*y*x": 14400,
}


@pytest.mark.parametrize("name", names())
def test_every_work_says_where_it_comes_from(name: str) -> None:
    work = published(name)
    assert work.source.startswith("arXiv:")
    assert {"provenance", "inferred"} <= set(work.told)
    lines = provenance(name)
    assert lines[0].startswith(f"{name}: ")
    assert sum(line.startswith("Inferred, ") for line in lines) == len(work.told["inferred"])
    assert provenance("modular-addition") == []


def test_power_has_all_twelve_operations() -> None:
    tasks = {name: preset("power2022", operation=name).task for name in DOMAINS}
    assert len({task.name for task in tasks.values()}) == 12
    sizes = {name: len(task) for name, task in tasks.items()}
    assert sizes == DOMAINS
    assert preset("power2022").task.name == "modular-division"  # of the famous figure


def test_numbers_are_those_of_the_works() -> None:
    nanda, power, liu = (preset(name) for name in ("nanda2023", "power2022", "liu2022-transformer"))
    assert nanda.split.training_samples(nanda.task) == 3831  # 30 % of 113^2
    assert (power.recipe.batch, power.recipe.thresholds.validation_accuracy) == (512, 0.99)
    assert preset("power2022", p=11).recipe.batch == 28  # half of the 55 training samples
    assert (liu.recipe.embedding.weight_decay, liu.recipe.decoder.learning_rate) == (0, 2e-4)
    assert preset("nanda2023", p=59).split.fraction == 0.5


def test_every_leaf_of_a_preset_can_be_set_and_varied() -> None:
    typed = Experiment(p=7, settings=("model.width=16", "model.mlp=8", "recipe.steps=30"))
    spec = experiment_spec("nanda2023", typed)
    assert (spec.task.symbols, spec.model.width, spec.recipe.steps) == (7, 16, 30)
    for leaf in ("split.fraction", "recipe.decoder.weight_decay", "model.heads", "task.p"):
        assert leaf in leaves_of(spec)
    assert replace(spec, "model.causal", "false").model.causal is False
    assert replace(spec, "split.fraction", 0.7).split.fraction == 0.7
    assert replace(spec, "task.p", 11).task.symbols == 11
    own = preset("nanda2023", p=7, **{"model.width": 16, "model.mlp": 8, "recipe.steps": 30})
    assert own.id == spec.id  # in a shell and in Python the same run


def test_what_a_work_is_watched_by_is_recorded_where_it_is_defined() -> None:
    def measures(name: str, **typed: Any) -> tuple[str, ...]:
        return experiment_spec(name, Experiment(p=7, **typed), watch=True).recipe.measures

    both = ("restricted_loss", "excluded_loss")
    assert measures("nanda2023") == (*both, "embedding_gini")
    assert measures("power2022", operation="x+y") == both
    assert measures("power2022", operation="x/y") == ()  # no waves of x / y over all pairs
    assert measures("nanda2023", settings=("recipe.measures=embedding_gini",)) == (
        "embedding_gini",
    )
    assert measures("nanda2023", settings=("recipe.measures=none",)) == ()
    assert experiment_spec("nanda2023", Experiment(p=7)).recipe.measures == ()  # as maps take it
    shell = experiment_spec("nanda2023", Experiment(p=7), watch=True)
    assert preset("nanda2023", p=7, watch=True).id == shell.id


def test_a_preset_trains_and_its_weights_and_activations_have_names() -> None:
    small = {"model.width": 8, "model.mlp": 8, "recipe.steps": 12}
    # Of logits for "=" too, which these measures leave out, as the authors' do.
    measured = {"recipe.measures": "effective_dimension,restricted_loss,excluded_loss"}
    spec = preset("nanda2023", p=5, **small, **measured)
    record = train_run(spec, keep_weights="final")
    assert record is not None
    run = gp.Run(spec, record)
    assert 1 <= record.final["effective_dimension"] <= 5
    assert np.isfinite([record.final["restricted_loss"], record.final["excluded_loss"]]).all()
    assert list(run.weights)[:3] == ["embed.W_E", "pos_embed.W_pos", "blocks.0.attn.W_Q"]
    assert run.weights["blocks.0.attn.W_O"].shape == (4, 2, 8)
    assert run.curves["embedding_norm"][0] > 0  # W_E and W_pos follow recipe.embedding
    kept = run.cache("hook_resid_post")
    assert kept.shape == (25, 3, 8)
    pattern = run.cache("hook_pattern")
    np.testing.assert_allclose(pattern.sum(-1), 1, rtol=1e-5)
    assert (pattern[..., 0, 1:] == 0).all()  # the first position sees itself alone
    np.testing.assert_allclose(
        run.cache("logits"), kept[:, -1] @ run.weights["unembed.W_U"], rtol=1e-4, atol=1e-5
    )
    with pytest.raises(gp.GrokphaseError, match=r'no activation "hook_resid".*hook_resid_p'):
        run.cache("hook_resid")
    other = gp.RunSpec(
        spec.task, spec.model, spec.recipe, spec.split, 0, gp.Initial.of(run.weights)
    )
    assert other.spec()["initial"]["named"]["embed.W_E"]["shape"] == [6, 8]
    assert other.id != spec.id


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("nanda2022", Experiment(), 'no preset "nanda2022"; there are .*Did you mean "nanda2023"'),
        ("power2022", Experiment(operation="x%y"), 'no operation "x%y"; it has x \\+ y, x - y'),
        ("nanda2023", Experiment(operation="x/y"), "has one operation, that of modular-addition"),
        ("addition", Experiment(operation="x/y"), "--operation x/y is for presets"),
        ("nanda2023", Experiment(model="mlp"), "--model is for tasks, and nanda2023 has its own"),
        ("power2022", Experiment(operation="S5", p=5), r'S5, which takes no p; .* "x \+ y"'),
        ("chughtai2023", Experiment(p=7), "is here of S5, .* another one: --operation S6"),
        ("liu2022-s3", Experiment(p=7), "S3, which takes no p; it takes pairs, target"),
        ("nanda2023", Experiment(settings=("model.heads=5",)), "heads = 5 do not divide"),
        ("nanda2023", Experiment(settings=("recipe.warmth=1",)), "nothing that can be set"),
    ],
)
def test_what_no_work_has_is_refused(name: str, typed: Experiment, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        experiment_spec(name, typed)


def test_a_work_has_a_model_and_a_recipe_of_its_own() -> None:
    with pytest.raises(gp.GrokphaseError, match="nanda2023 has a model of its own"):
        gp.run_spec("nanda2023", gp.MLP())
    with pytest.raises(gp.GrokphaseError, match=r"nanda2023.* is a published run.*or \.recipe"):
        gp.recipe("nanda2023", steps=10)
    spec = gp.run_spec("nanda2023", steps=10, split=0.5, seed=3)
    assert (spec.recipe.steps, spec.split.fraction, spec.seed) == (10, 0.5, 3)
    assert spec.recipe.stop == "sustained"


def test_what_a_transformer_cannot_do_is_said_before_it_trains() -> None:
    nanda = ("model.width=8", "model.mlp=8")
    for settings, said in (
        (("recipe.loss=mse",), "a target for each result and none for words"),
        (("model.causal=false",), "model.causal has no effect: the last position of one layer"),
    ):
        with pytest.raises(gp.GrokphaseError, match=said):
            experiment_spec("nanda2023", Experiment(p=5, settings=(*nanda, *settings)))
    # Without positions 2 + 3 = 5 is trained, and 3 + 2 = 5 is no test.
    blind = preset("nanda2023", p=7, **{"model.positions": "none"})
    assert leaks(blind).swapped > 0
    assert leaks(preset("nanda2023", p=7)).swapped == 0


def test_settings_lists_the_leaves_of_a_transformer() -> None:
    found = {each.name: each for each in settings_of(preset("liu2022-transformer", p=5))}
    assert found["model.heads"].allowed == "whole number from 1"
    assert (found["model.causal"].value, found["model.causal"].allowed) == (False, "true, false")
    assert found["model.layer_norm"].allowed == "none, pre, post"
    assert "a and b, each once" in found["model.sequence"].meaning


def test_activations_of_another_model_have_no_names() -> None:
    with pytest.raises(gp.GrokphaseError, match="have names in a Transformer only"):
        cached(gp.run_spec("addition"), {}, "logits")


def test_usual_settings_are_those_of_published_runs() -> None:
    for name in ("addition", "S3", "mnist"):
        usual = gp.run_spec(name)
        work = usual_preset(usual.task)
        assert work is not None
        changes = facts(work).get("usual", {})
        published = preset(work, **{f"recipe.{key}": value for key, value in changes.items()})
        assert published.id == usual.id
    assert preset("liu2022-mnist").recipe.steps == 100_000


def test_of_other_sizes_a_preset_takes_what_is_usual() -> None:
    assert preset("liu2022-toy").split.count == 45
    assert preset("liu2022-toy", p=12).split.fraction == 0.8


def test_images_of_a_users_own_go_into_the_preset(tmp_path) -> None:
    with pytest.raises(gp.GrokphaseError, match="--table is for tasks, and nanda2023 has its own"):
        experiment_spec("nanda2023", Experiment(table=tmp_path / "op.csv"))
    with pytest.raises(gp.GrokphaseError, match="--idx is of images, and nanda2023 learns"):
        experiment_spec("nanda2023", Experiment(idx=tmp_path))
    with pytest.raises(gp.GrokphaseError, match=str(tmp_path)):  # where no images are
        experiment_spec("liu2022-mnist", Experiment(idx=tmp_path))


FOLLOWED = [
    ("power2022", {"operation": "x/y"}, (22, 23, 97)),
    ("nanda2023", {}, (59, 97, 113)),
    ("liu2022-toy", {}, (8, 10, 12)),
]


@pytest.mark.parametrize(("name", "own", "moduli"), FOLLOWED)
def test_an_axis_over_p_trains_what_the_preset_of_that_p_does(
    name: str, own: dict[str, str], moduli: tuple[int, ...]
) -> None:
    axis = f"task.p={','.join(map(str, moduli))}"
    design = design_of(preset(name, **own), [axis], 1)  # which also prepares the ends
    for cell, p in zip(design.cells(), moduli, strict=True):
        assert design.specs(cell)[0].id == preset(name, p=p, **own).id
        assert preset(name, **own, **{"task.p": p}).id == preset(name, p=p, **own).id
    # What differs between the cells is none of what all runs share, whatever their ends have.
    fractions = {design.specs(cell)[0].split.fraction for cell in design.cells()}
    assert ("fraction" in design.settings.get("split", {})) == (len(fractions) == 1)
    assert any(note.sentence.startswith(f"As {name} has it") for note in design.notes)


def test_what_a_person_chose_does_not_follow_an_axis_over_p() -> None:
    fixed = replace(preset("nanda2023"), "split.fraction", 0.3)  # that of the work, and chosen
    design = design_of(fixed, ["task.p=59,113"], 1)
    assert {design.specs(cell)[0].split.fraction for cell in design.cells()} == {0.3}
    assert design.notes == ()
    power = preset("power2022", operation="x/y", **{"recipe.batch": 64})
    assert replace(power, "task.p", 23).recipe.batch == 64
    together = replace(preset("nanda2023"), "split.keep", "together")
    assert replace(together, "task.p", 59).split == gp.Split(fraction=0.5, keep="together")
    crossed = ["split.fraction=0.2,0.6", "task.p=59,113"]
    both = [design_of(preset("nanda2023"), axes, 1) for axes in (crossed, crossed[::-1])]
    fractions = [[d.specs(cell)[0].split.fraction for cell in d.cells()] for d in both]
    assert fractions == [[0.2, 0.2, 0.6, 0.6], [0.2, 0.6, 0.2, 0.6]]
    split = run_spec("nanda2023", split=0.3)
    assert replace(split, "task.p", 59).split.fraction == 0.3


@pytest.mark.parametrize(
    ("name", "option", "values"),
    [
        ("addition", "p", (8, 10, 12)),
        ("modular-addition", "p", (7, 11)),
        ("fact-composition", "entities", (100, 200)),
        ("teacher-student", "samples", (100, 200, 300)),
    ],
)
def test_what_is_usual_for_a_task_follows_its_axis_too(
    name: str, option: str, values: tuple[int, ...]
) -> None:
    design = design_of(run_spec(name), [f"task.{option}={','.join(map(str, values))}"], 1)
    for cell, value in zip(design.cells(), values, strict=True):
        assert design.specs(cell)[0].id == run_spec(gp.task(name, **{option: value})).id
    usual = {run_spec(gp.task(name, **{option: value})).split for value in values}
    told = [note for note in design.notes if note.sentence.startswith("As is usual")]
    assert len(told) == (len(usual) > 1)


def test_what_stands_inside_of_an_axis_is_told_where_it_stands() -> None:
    design = design_of(run_spec("addition"), ["task.p=8..12:5"], 1)
    (said,) = (note.sentence for note in design.notes if note.sentence.startswith("As is usual"))
    assert said == (
        "As is usual where it is not set, split.fraction = 0.8 at p = 8 to p = 9, "
        "split.count = 45 at p = 10, split.fraction = 0.8 at p = 11 to p = 12"
    )
    crossed = design_of(run_spec("addition"), ["recipe.weight_decay=0,1", "task.p=10,12"], 1)
    assert any("45 at p = 10, split.fraction = 0.8 at p = 12" in n.sentence for n in crossed.notes)


def test_a_split_that_a_person_gave_a_task_does_not_follow_its_axis() -> None:
    for fixed in (run_spec("addition", split=45), replace(run_spec("addition"), "split.count", 45)):
        assert replace(fixed, "task.p", 12).split.count == 45


def test_what_followed_p_is_told_in_a_sentence() -> None:
    design = design_of(preset("power2022", operation="x/y"), ["task.p=5,7,11,97"], 1)
    (said,) = (note for note in design.notes if "power2022" in note.sentence)
    assert said.sentence == (
        "As power2022 has it where it is not set, recipe.batch = 5 at p = 5, ..., "
        "recipe.batch = 512 at p = 97"
    )
    assert [row["recipe.batch"] for row in said.rows] == [5, 11, 28, 512]
