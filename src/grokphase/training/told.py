"""What a run trains on, in a line."""

from __future__ import annotations

from grokphase import tasks
from grokphase.models.specification import MLP
from grokphase.models.transformer import Transformer
from grokphase.training.labels import replaced
from grokphase.training.spec import AnySpec, RunSpec


def told(spec: AnySpec) -> str:
    """What was read or made as a task, a transformer that learns it, what a recipe does besides
    what all do, and by how many threads if several; or which training function runs.

    Example:
        >>> import grokphase as gp
        >>> told(gp.run_spec("addition")).split(":")[0]
        'addition'
        >>> adam = gp.Recipe(optimizer="adam", warmup=10)
        >>> told(gp.run_spec("modular-addition", recipe=adam)).split("; ")[-1]
        'weight decay in the gradient, learning rates grow over 10 updates'
    """
    if isinstance(spec, RunSpec):
        parts, model, threads = [tasks.told(spec.task)], spec.model, spec.recipe.threads
        parts += [model.told()] if isinstance(model, Transformer) else []
        parts += [", ".join(said)] if (said := _beside(spec)) else []
        parts += [f"trained by {threads} XLA threads"] if threads != 1 else []
        return "; ".join(parts)
    identity = spec.trainer.identity
    code = "code as named" if "source" not in identity else f"source {identity['source'][:8]}"
    version = f", version {identity['version']}" if "version" in identity else ""
    settings = ", ".join(spec.settings) or "none by default"
    return f"{spec.name}: a training function of yours ({code}{version}); settings: {settings}"


def _beside(spec: RunSpec) -> list[str]:
    """What a recipe does besides what all do; of a transformer's dropout the model tells."""
    recipe, model, said = spec.recipe, spec.model, []
    if recipe.decoder.weight_decay or recipe.embedding.weight_decay:
        if recipe.optimizer != "adamw":
            said.append("weight decay in the gradient")
        if recipe.decay_towards == "initial":
            said.append("weight decay towards the initial weights")
    if recipe.warmup:
        said.append(f"learning rates grow over {recipe.warmup:,} updates")
    if recipe.label_noise:
        samples = len(spec.trained())
        said.append(f"{replaced(spec):,} of {samples:,} training labels replaced by others")
    if recipe.gradient_noise:
        said.append(f"noise of deviation {recipe.gradient_noise:g} in the update's direction")
    if recipe.weight_noise:
        said.append(f"noise of deviation {recipe.weight_noise:g} in the weights of a step")
    if isinstance(model, MLP) and model.dropout:
        said.append(f"dropout {model.dropout:g} in a step")
    if recipe.held_norm is not None:
        since = f" from step {recipe.held_from:,} on" if recipe.held_from else ""
        said.append(f"weight norm held at {recipe.held_norm:g} times the initial one{since}")
    if recipe.temperature != 1:
        said.append(f"losses at the temperature {recipe.temperature:g}")
    if recipe.accelerator is not None:
        said.append(f"accelerated by {recipe.accelerator.told()}")
    return said
