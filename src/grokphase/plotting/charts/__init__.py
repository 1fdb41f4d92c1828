"""Charts: what a figure shows, as data first and a drawing second.

Eight kinds serve studies, runs, maps, races and the ledger alike. A chart is a function from a
table and keyword arguments that a TOML file can hold to plain data, and one that draws them;
`page` lays charts out as a figure.

Example:
    >>> from grokphase.plotting.charts import CHARTS
    >>> [*CHARTS]
    ['curves', 'times', 'maps', 'heat', 'embeddings', 'distributions', 'intervals', 'table']
"""

from grokphase.plotting.charts.chart import CHARTS as CHARTS
from grokphase.plotting.charts.chart import Chart as Chart
from grokphase.plotting.charts.chart import chart_named as chart_named
from grokphase.plotting.charts.chart import check as check
from grokphase.plotting.charts.columns import Table as Table
from grokphase.plotting.charts.columns import filled as filled
from grokphase.plotting.charts.motion import animate as animate
from grokphase.plotting.charts.motion import moving as moving
from grokphase.plotting.charts.page import LAYOUT as LAYOUT
from grokphase.plotting.charts.page import Panel as Panel
from grokphase.plotting.charts.page import draw_chart as draw_chart
from grokphase.plotting.charts.page import page as page
from grokphase.plotting.charts.page import sheet as sheet
