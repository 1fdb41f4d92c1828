"""The version of the arithmetic, part of every run's identity.

It is raised when the same specification would train to different bits, so that results of
different numerics are never mixed.

2: Adam remembers the root of the mean square. 3: one XLA thread a run. 4: samples in blocks,
products and sums of the MLP in another order.
"""

NUMERICS = "4"
