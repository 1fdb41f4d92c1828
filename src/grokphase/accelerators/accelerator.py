"""What an accelerator is: a change of training that is meant to bring generalization earlier."""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar, Final, Literal, Self, get_args

import jax
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from grokphase.accelerators import settings
from grokphase.code import digest, is_installed
from grokphase.errors import GrokphaseError, nearest
from grokphase.models.pickling import from_bytes, to_bytes

Place = Literal["gradient", "direction"]
"""Where a transform of the gradient stands: before the optimizer, or in place of it."""

_HOOKS: Final = (
    *("transform", "losses", "penalty", "weight_decay", "initial", "donor", "samples"),
)
"""What an arm may override, and overrides one of at least."""

_kinds: dict[str, type[Accelerator]] = {}


@dataclass(frozen=True)
class Accelerator:
    """A change of training: its settings, and what it does where a step lets it.

    An arm derives from this class, is a frozen dataclass of its settings (see
    `grokphase.accelerators.settings`), names its `kind`, and overrides what it changes; everything
    else is as it is without it. In the compiled loop `self` holds traced numbers.

    Attributes:
        kind: its name, as in `--set recipe.accelerator=grokfast-ema`.
        place: where its `transform` stands: "gradient", of the raw gradient of the training loss,
            before any decay and before the optimizer; "direction", in place of the optimizer's
            direction for the parameters that are `chosen`, so that
            `theta <- theta - eta * (direction + lambda * theta)`; None if it has no transform.
        of_logits: whether its loss is one of logits, which a mean squared error has no part for.

    Example:
        >>> import grokphase as gp
        >>> arm = gp.accelerators.GrokfastEMA(alpha=0.9)
        >>> gp.Recipe(accelerator=arm).accelerator.alpha
        0.9
        >>> gp.Recipe(accelerator="grokfast-ema").accelerator
        GrokfastEMA(alpha=0.98, factor=2.0)
    """

    kind: ClassVar[str] = ""
    place: ClassVar[Place | None] = None
    of_logits: ClassVar[bool] = False
    _known_as: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        """Make the arm known by its kind; those of grokphase cannot be replaced.

        Raises:
            GrokphaseError: also for one that could change nothing: without a hook, or with a
                transform and no place for it.
        """
        super().__init_subclass__(**options)
        known = _kinds.get(cls.kind)
        if (
            known is not None
            and is_installed(known.__module__)
            and not is_installed(cls.__module__)
        ):
            raise GrokphaseError(
                f'An accelerator of your own cannot be called "{cls.kind}", as one of grokphase\'s '
                f'is; write kind = "my-{cls.kind}".'
            )
        if cls.kind:
            _check_hooks(cls)
            _kinds[cls.kind] = cls

    def __post_init__(self) -> None:
        settings.check(self)

    def transform(self) -> optax.GradientTransformation:
        """The transform as Optax has it: of the raw gradient, or to the direction of a step.

        Where it stands in a chain of your own follows from `place`: before `optax.adamw(...)`; or
        before `optax.add_decayed_weights(lambda)` and `optax.scale(-eta)`. Its `update` is given
        the parameters, and as `value` the training loss.

        Raises:
            GrokphaseError: it is none, as a loss or other initial weights are not.
        """
        raise GrokphaseError(
            f"{self.kind} is no transform of the gradient; write "
            f'gp.Recipe(accelerator="{self.kind}") to train with it.'
        )

    def chosen(self, params: Any) -> Any:
        """Which parameters take the transform's direction, as a tree of booleans; all of them."""
        return jax.tree.map(lambda _: True, params)

    def losses(
        self,
        usual: Float[Array, " n"],
        outputs: Float[Array, "n classes"],
        labels: Int[Array, " n"],
        step: Int[Array, ""],
    ) -> Float[Array, " n"]:
        """The loss of each sample that a step goes down.

        Recorded losses stay the usual ones.

        Args:
            usual: the loss that the recipe names, which is what is returned here.
            outputs: of the network, before any temperature.
            labels: of the samples.
            step: that the gradient is taken at.
        """
        return usual

    def penalty(self, params: Any, step: Int[Array, ""]) -> Float[Array, ""] | None:
        """What a step goes down besides the mean loss; None for nothing."""
        return None

    def weight_decay(self, usual: Float[Array, ""], step: Int[Array, ""]) -> Float[Array, ""]:
        """The weight decay of the update that is made at a step, from the group's own."""
        return usual

    def initial(self, network: Any, task: Any, generator: np.random.Generator) -> Any:
        """The network before its first step, from the one that the model builds."""
        return network

    def donor(self, spec: Any) -> Any | None:
        """A run that is trained first, from the run's own specification; None for none.

        What it took is in the record: `counts["donor_steps"]`, `provenance["donor_seconds"]`.
        """
        return None

    def received(self, network: Any, donor: Any, generator: np.random.Generator) -> Any:
        """The network before its first step, from the one that is built and the trained donor."""
        return network

    def samples(self, train: Int[np.ndarray, " n"], task: Any) -> Int[np.ndarray, " m"]:
        """Places in the task of the samples that are trained on, from those of the split.

        The validation samples stay as they are; those among them that are trained are counted, and
        said, as leaks.
        """
        return train

    def idle(self, params: Any, recipe: Any) -> str | None:
        """Why it would change nothing of a run, or None where it changes something.

        Args:
            params: the parameters of the network.
            recipe: of the run, settled.
        """
        if self.place == "direction" and not any(jax.tree.leaves(self.chosen(params))):
            return f"{self.kind} takes no parameter of this model"
        if self.of_logits and recipe.loss == "mse":
            return f"{self.kind} is a loss of logits, and the run trains on the mean squared error"
        return None

    def spec(self) -> dict[str, Any]:
        """The JSON-able description: kind and settings, and of an arm of a user's own its code."""
        described = {each.name: getattr(self, each.name) for each in fields(self)}
        own = {} if is_installed(type(self).__module__) else {"code": self._code()}
        return {"kind": self.kind, **described, **own}

    def _code(self) -> str:
        """Which code an arm of a user's own is; in a worker process, what was sent as that."""
        return self._known_as or digest(type(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """As bytes, for another process, an arm of a user's own with the code of its class."""
        kind: Any = type(self)  # of a class with instances that may be unhashable
        if is_installed(kind.__module__):
            return copyreg.__newobj__, (kind,), vars(self)  # type: ignore[attr-defined]  # the stubs lack it
        return _from_bytes, (_to_bytes(kind), self._code(), vars(self))

    def told(self) -> str:
        """Its kind and settings in words.

        Example:
            >>> import grokphase as gp
            >>> gp.accelerators.GrokfastEMA().told()
            'grokfast-ema (alpha 0.98, factor 2)'
        """
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        known = ", ".join(
            f"{name.replace('_', ' ')} {_word(value)}"
            for name, value in values.items()
            if isinstance(value, int | float | str)
        )
        return f"{self.kind} ({known})" if known else self.kind

    def numbers(self) -> dict[str, Any]:
        """The settings that are traced, by name."""
        return settings.traced(self)

    def form(self) -> Self:
        """What is compiled in: the arm without what is traced, and what only the host looks at."""
        return self._with(dict.fromkeys(settings.not_compiled(self)))

    def traced(self, numbers: Mapping[str, Any]) -> Self:
        """The arm as the compiled loop has it, with these numbers."""
        return self._with(numbers)

    def _with(self, values: Mapping[str, Any]) -> Self:
        other = object.__new__(type(self))  # unchecked: what is traced has no value to check
        vars(other).update({**vars(self), **values})
        return other


def _check_hooks(kind: type[Accelerator]) -> None:
    """Refuse an arm whose definition leaves it without effect."""
    own = [hook for hook in _HOOKS if getattr(kind, hook) is not getattr(Accelerator, hook)]
    said = f'The accelerator "{kind.kind}"'
    if not own:
        raise GrokphaseError(f"{said} changes nothing; define {', '.join(_HOOKS[:-1])} or samples.")
    if ("transform" in own) != (kind.place in get_args(Place)):
        there = "a transform" if "transform" in own else "no transform"
        raise GrokphaseError(
            f"{said} has {there} and place = {kind.place!r}; define both transform(self) and place "
            '= "gradient", before the optimizer, or "direction", instead of it; or neither.'
        )


@cache
def _to_bytes(kind: type[Accelerator]) -> bytes:
    return to_bytes(kind)


def _from_bytes(payload: bytes, known_as: str, values: Mapping[str, Any]) -> Accelerator:
    """An arm whose class came from another process: the same class for the same bytes."""
    kind: type[Accelerator] = from_bytes(payload)
    kind._known_as = known_as
    other = object.__new__(kind)
    vars(other).update(values)
    return other


def _word(value: float | str) -> str:
    if isinstance(value, bool | str):
        return str(value).lower()
    return f"{value:g}"


def kinds() -> dict[str, type[Accelerator]]:
    """All accelerators that there are, by their kind; one of a user's own from its definition on.

    Example:
        >>> from grokphase.accelerators import GrokfastEMA
        >>> kinds()["grokfast-ema"] is GrokfastEMA
        True
    """
    return dict(sorted(_kinds.items()))


def arm_of(given: object) -> Accelerator | None:
    """An accelerator from its kind, from its description, or itself; None for none.

    Args:
        given: such as "grokfast-ema", or {"kind": "grokfast-ema", "alpha": 0.9}.

    Raises:
        GrokphaseError: for a kind or a setting that there is not.

    Example:
        >>> arm_of("grokfast-ema") == arm_of({"kind": "grokfast-ema", "factor": 2.0})
        True
    """
    if given is None or isinstance(given, Accelerator):
        return given
    described = dict(given) if isinstance(given, Mapping) else {"kind": given}
    kind = described.pop("kind", None)
    known = kinds()
    if not isinstance(kind, str) or kind not in known:
        said = f'"{kind}"' if isinstance(kind, str) else repr(given)
        raise GrokphaseError(
            f"recipe.accelerator {said} is not known; allowed: {', '.join(known)}, or none."
            f"{nearest(str(kind), known)}"
        )
    described.pop("code", None)
    names = [each.name for each in fields(known[kind])]
    for name in described:
        if name not in names:
            raise unknown_setting(kind, name, names)
    return known[kind](**described)


def unknown_setting(kind: str, name: str, names: list[str]) -> GrokphaseError:
    """That an accelerator has no setting of this name, in a sentence."""
    there = f"it has {', '.join(names)}" if names else "it has none"
    return GrokphaseError(
        f"recipe.accelerator.{name} is no setting of {kind}; {there}.{nearest(name, names)}"
    )
