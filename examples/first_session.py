# %% [markdown]
# # A first session
#
# Map the phases of a task, look at the map, ask what it cost, keep it, come back to it. Open this
# file as a notebook (VS Code and Jupytext do), or run it: `python first_session.py`.

# %%
import jax
import jax.numpy as jnp

import grokphase as gp

STEPS = 3000  # the budget of a run

# %% [markdown]
# A measure of one's own: a function of a network, its task and its samples. This one can be traced
# by JAX, so it is compiled into the training loop; one that calls NumPy or SciPy would be called
# between its segments.


# %%
@gp.measure("l1")
def l1(network, task, samples):
    """The sum of all weights' sizes."""
    return sum(jnp.abs(leaf).sum() for leaf in jax.tree.leaves(network))


# %% [markdown]
# Ten cells of two networks each. A line says how far it is; what is trained is kept in the folder
# `session-store`, so the same cell run again trains nothing.

# %%
found = gp.phase_map(
    "addition",
    recipe=gp.Recipe(steps=STEPS, measures=[l1]),
    x="recipe.decoder.learning_rate=1e-4..1e-2:5:log",
    y="recipe.decoder.weight_decay=0,4",
    seeds=2,
    store="session-store",
)
found

# %% [markdown]
# The same map, coloured by the last value of that measure; its page offers every measure.

# %%
found.plot(colour="l1")

# %% [markdown]
# A row for each run. A step that was not reached is missing: it is later than the budget, and no
# number. What is the same for all rows is in `attrs`.

# %%
runs = found.to_pandas()
runs[["recipe.decoder.learning_rate", "seed", "phase", "train_step", "validation_step", "budget"]]

# %%
runs.attrs["thresholds"]

# %% [markdown]
# One page with the map and the curves of every run, and the map as data.

# %%
found.report("session.html")
found.save("session.json")
assert gp.load("session.json") == found

# %% [markdown]
# Another day: all runs that were ever made, by SQL or as one table.

# %%
store = gp.open("session-store")
store

# %%
store.query(
    """
    SELECT "recipe.decoder.weight_decay" AS decay, count(*) AS runs,
           count(validation_step) AS generalized, median(validation_step - train_step) AS delay
    FROM runs GROUP BY decay ORDER BY decay
    """
)

# %%
fastest = runs.sort_values("validation_step").iloc[0]
record = store.get(fastest["run"])
record

# %% [markdown]
# Its curves, the measure's own among them.

# %%
gp.plotting.curves_figure(record)
