"""What a network looks like inside, at every step whose weights were kept.

All is on axes that do not move: the planes of an embedding are those of the last step, and so are
the key frequencies and the neurons that are looked at. So what moves from step to step has moved.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from grokphase.counting import counted
from grokphase.showing import shown_by
from grokphase.store.record import RunRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TUNED: Final = 0.85
"""The share of a neuron's variance at one frequency from which it counts as tuned to it (Nanda et
al. 2023, section 4.2)."""


class Plane(NamedTuple):
    """An embedding in a plane that is the same at all steps.

    Attributes:
        name: in words.
        frequency: k of the wave whose plane it is; None for principal components.
        points: (steps, p, 2) in the unit of the embedding, the mean over symbols of each step taken
            off; of an embedding of one number the second is 0.
        shares: (steps,) the share of the embedding's variance that lies in the plane.
        order: (p,) symbols in the order of their angles; empty for principal components.
    """

    name: str
    frequency: int | None
    points: Float[np.ndarray, "steps p 2"]
    shares: Float[np.ndarray, " steps"]
    order: tuple[int, ...]


class Neuron(NamedTuple):
    """One neuron over all pairs of symbols; or what a head attends to, which is looked at likewise.

    Attributes:
        number: its place in its layer.
        frequency: that of the last step; None where there are no frequencies.
        shares: (steps,) the share of its variance at that frequency; NaN where it has none.
        maps: (steps, p, p), entry [s, a, b] its activation.
        order: (p,) symbols in the order of their angles at that frequency, in which its map is
            smooth; empty where there is none.
    """

    number: int
    frequency: int | None
    shares: Float[np.ndarray, " steps"]
    maps: Float[np.ndarray, "steps p p"]
    order: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Views:
    """A run through its training; `Run.views` makes it.

    Args:
        record: the run.
        steps: (steps,) at which there are weights, in order; the last step among them.
        planes: of the embedding, the first the one to look at first.
        spectra: entry k of frequency k, from 0, the constant, to p // 2: "embedding", the norms of
            its Fourier components; "neurons", the share of the variance of all neurons; "logits",
            the amplitudes of `cos w_k (y - c)`; each (steps, p // 2 + 1).
        keys: the key frequencies of the last step.
        neurons: some of the strongest.
        neuron_layer: where they are, in words.
        neuron_shares: (steps, p // 2 + 1, width) the share of the variance of every neuron at each
            frequency, as `gp.measures.neuron_shares` has it.
        width: how many neurons there are.
        attention: (steps, layers, heads, positions) from the last position, mean over all pairs.
        heads: those of the last layer, each with what it attends to the operand a in each pair
            (a, b), from the last position.
        positions: what stands at each.
        losses: "restricted_loss", "excluded_loss" with the key frequencies of the last step at
            every step, each (steps,).
        missing: why there is none of "embedding", "spectra", "neurons", "attention" or "losses", or
            of the embedding that b has of its own ("right"), in one sentence each.
    """

    record: RunRecord
    steps: Int[np.ndarray, " steps"]
    planes: tuple[Plane, ...] = ()
    spectra: Mapping[str, Float[np.ndarray, "steps frequencies"]] = field(default_factory=dict)
    keys: tuple[int, ...] = ()
    neurons: tuple[Neuron, ...] = ()
    neuron_layer: str = ""
    neuron_shares: Float[np.ndarray, "steps frequencies width"] | None = None
    width: int = 0
    attention: Float[np.ndarray, "steps layers heads positions"] | None = None
    heads: tuple[Neuron, ...] = ()
    positions: tuple[str, ...] = ()
    losses: Mapping[str, Float[np.ndarray, " steps"]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def tuned(self) -> Int[np.ndarray, " steps"] | None:
        """How many neurons have more than `TUNED` of their variance at one frequency, by step."""
        if self.neuron_shares is None:
            return None
        largest = np.nan_to_num(self.neuron_shares[:, 1:]).max(axis=1)
        return np.asarray((largest > TUNED).sum(axis=1))

    def plot(self, steps: Sequence[int] | None = None, **options: Any) -> Figure:
        """Stills at some steps, a column each, under the curves.

        Args:
            steps: some of `steps`; None takes five, of which most are where much changes.
            **options: `title`, `figsize`; see `grokphase.plotting.views.views_figure`.

        Raises:
            GrokphaseError: for a step whose weights were not kept, or if there is nothing to draw.
        """
        return shown_by(self, "figure")(self, steps, **options)

    def animate(self, path: str | os.PathLike[str], *, per_second: int = 4) -> Path:
        """A GIF of all views, a frame for each step.

        Args:
            path: the file to write, ".gif".
            per_second: frames a second.

        Returns:
            The path written.

        Raises:
            GrokphaseError: if the suffix is not ".gif", the file cannot be written, or there are
                fewer than two steps.
        """
        return shown_by(self, "animation")(self, path, per_second=per_second)

    def __bool__(self) -> bool:
        """Whether there is anything to see besides curves."""
        return bool(self.planes or self.neurons or self.attention is not None)

    def __repr__(self) -> str:
        """What there is, and what not."""
        there = [f"embedding in {counted(len(self.planes), 'plane')}"] if self.planes else []
        there += [f"spectra of {', '.join(self.spectra)}"] if self.spectra else []
        there += [f"{len(self.neurons)} of {self.width} neurons"] if self.neurons else []
        there += ["attention"] if self.attention is not None else []
        there += ["restricted and excluded loss"] if self.losses else []
        at = counted(len(self.steps), "step")
        lines = [f"Views of run {self.record.id} at {at}: {', '.join(there) or 'none'}"]
        return "\n".join([*lines, *(f"  {sentence}" for sentence in self.missing.values())])
