"""Figures: the data of a picture is computed apart from drawing it.

`style` holds the sizes and the colours of curves that figures share, `information` the data of a
phase map; `phase_map`, `sweep`, `survival` and `curves` draw; `files` writes. The words of a figure
are those of `grokphase.telling`. matplotlib is imported when something is drawn.
"""

from grokphase.plotting.curves import curves_figure as curves_figure
from grokphase.plotting.curves import draw_curves as draw_curves
from grokphase.plotting.files import save_figure as save_figure
from grokphase.plotting.information import PhaseMapInfo as PhaseMapInfo
from grokphase.plotting.information import phase_map_info as phase_map_info
from grokphase.plotting.phase_map import draw_phase_map as draw_phase_map
from grokphase.plotting.phase_map import phase_map_figure as phase_map_figure
