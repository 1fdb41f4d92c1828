"""Races: what really brings generalization earlier, under one protocol.

`arms.toml` has the arms and `tracks.toml` what they race on, as data; `protocol` decides with
numbers alone; `running` trains; `records/` has the races that come with grokphase.

Example:
    >>> import grokphase as gp
    >>> "adamw" in gp.races.arms(), "modular-addition" in gp.races.tracks()
    (True, True)
    >>> [found.scale for found in gp.races.records() if found.name == "s4-quick-32-draws"]
    ['quick']
"""

from grokphase.races.document import read as read
from grokphase.races.document import records as records
from grokphase.races.facts import Arm as Arm
from grokphase.races.facts import Size as Size
from grokphase.races.facts import Track as Track
from grokphase.races.facts import arms as arms
from grokphase.races.facts import tracks as tracks
from grokphase.races.result import Entry as Entry
from grokphase.races.result import Race as Race
from grokphase.races.result import Times as Times
