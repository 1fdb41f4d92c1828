# %% [markdown]
# # A first session
#
# Map the phases of a task, look at the map, ask what it cost, keep it, come back to it. Open this
# file as a notebook (VS Code and Jupytext do), or run it: `python first_session.py`.

# %%
import grokphase as gp

STEPS = 3000  # the budget of a run

# %% [markdown]
# Ten cells of two networks each. A line says how far it is; what is trained is kept in the folder
# `session-store`, so the same cell run again trains nothing.

# %%
found = gp.phase_map(
    "addition",
    steps=STEPS,
    x="recipe.decoder.learning_rate=1e-4..1e-2:5:log",
    y="recipe.decoder.weight_decay=0,4",
    seeds=2,
    store="session-store",
)
found

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
store.get(fastest["run"])
