"""Donors: runs that are trained first, for an accelerator that takes weights from them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from grokphase.store.record import RunRecord
from grokphase.training.results import with_weights
from grokphase.training.spec import RunSpec

STEPS, SECONDS = "donor_steps", "donor_seconds"
"""What the record of a run has of its donor: among its counts, and in its provenance."""


@dataclass(frozen=True)
class Donor:
    """A donor that was trained, and what that took.

    Attributes:
        spec: of the donor.
        record: what came of it.
    """

    spec: RunSpec
    record: RunRecord

    def network(self) -> Any:
        """The trained network."""
        assert self.record.weights is not None
        return with_weights(self.spec.initial_network(), self.record.weights)

    def counted(self, record: RunRecord) -> RunRecord:
        """The record of the run that this was a donor of, with what the donor took beside it.

        Steps and seconds of the run itself stay its own.
        """
        return dataclasses.replace(
            record,
            counts={**record.counts, STEPS: self.record.steps_trained},
            provenance={
                **record.provenance,
                "donor": self.record.id,
                SECONDS: f"{self.record.seconds:.3f}",
            },
        )


def donor_of(spec: RunSpec) -> RunSpec | None:
    """The run that is to be trained first; None for most."""
    arm = spec.recipe.accelerator
    return None if arm is None else arm.donor(spec)
