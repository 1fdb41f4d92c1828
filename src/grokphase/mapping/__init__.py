"""How maps and sweeps are made: what is asked for, what it costs, and the training of its runs.

`design` is a grid with the runs of every cell, `request` one that is asked for and recorded,
`planning` what it will cost; `maps` and `sweeps` train them. What comes of it are results of
`grokphase.phases`.
"""
