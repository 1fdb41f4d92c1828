"""What a run trains on, in a line."""

from __future__ import annotations

from grokphase import tasks
from grokphase.models.transformer import Transformer
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.usual import preset_of


def told(spec: AnySpec) -> str:
    """What was read or made as a task, where its usual setting is from, and a transformer that
    learns it; or which training function runs.

    Example:
        >>> import grokphase as gp
        >>> told(gp.run_spec("addition")).split(":")[0]
        'addition'
    """
    if isinstance(spec, RunSpec):
        preset, model = preset_of(spec.task), spec.model
        said = [tasks.told(spec.task), *([] if preset is None else [str(preset)])]
        return "; ".join([*said, *([model.told()] if isinstance(model, Transformer) else [])])
    identity = spec.trainer.identity
    code = "code as named" if "source" not in identity else f"source {identity['source'][:8]}"
    version = f", version {identity['version']}" if "version" in identity else ""
    settings = ", ".join(spec.settings) or "none by default"
    return f"{spec.name}: a training function of yours ({code}{version}); settings: {settings}"
