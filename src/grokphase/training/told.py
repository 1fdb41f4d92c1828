"""What a run trains on, in a line."""

from __future__ import annotations

from grokphase import tasks
from grokphase.models.transformer import Transformer
from grokphase.training.spec import AnySpec, RunSpec


def told(spec: AnySpec) -> str:
    """What was read or made as a task, a transformer that learns it, and by how many threads where
    they are several; or which training function runs.

    Example:
        >>> import grokphase as gp
        >>> told(gp.run_spec("addition")).split(":")[0]
        'addition'
    """
    if isinstance(spec, RunSpec):
        said, model, threads = tasks.told(spec.task), spec.model, spec.recipe.threads
        said += f"; {model.told()}" if isinstance(model, Transformer) else ""
        return said if threads == 1 else f"{said}; trained by {threads} XLA threads"
    identity = spec.trainer.identity
    code = "code as named" if "source" not in identity else f"source {identity['source'][:8]}"
    version = f", version {identity['version']}" if "version" in identity else ""
    settings = ", ".join(spec.settings) or "none by default"
    return f"{spec.name}: a training function of yours ({code}{version}); settings: {settings}"
