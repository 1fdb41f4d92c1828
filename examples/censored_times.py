# %% [markdown]
# # Times to generalization, with those that were not reached
#
# Exported runs in pandas, and their survival curves with lifelines. A run that did not generalize
# within its budget is *censored*: its time is later than the steps it was trained. Leaving such
# runs out of a mean, or counting the budget as their time, makes a setting look faster than it is.
# The last part needs `pip install lifelines`.

# %%
import importlib.util

import numpy as np
import pandas as pd

import grokphase as gp

STEPS = 4000  # the budget of a run
SEEDS = (58, 59, 61, 62, 64)  # whose split can be generalized from

# %%
gp.phase_map(
    "addition",
    steps=STEPS,
    x="recipe.decoder.learning_rate=1e-4,3e-4",
    y="recipe.decoder.weight_decay=0,1,2",
    seeds=SEEDS,
    store="times-store",
)
gp.open("times-store").export("runs.csv")

# %% [markdown]
# A file of CSV has no types, so they are said where it is read; Parquet keeps them.

# %%
whole = ("seed", "train_step", "validation_step", "steps_trained")
runs = pd.read_csv("runs.csv", dtype=dict.fromkeys(whole, "Int64"))
decay = runs["recipe.decoder.weight_decay"].rename("decay")
runs["event"] = runs["validation_step"].notna()
runs["time"] = runs["validation_step"].fillna(runs["steps_trained"])

# %% [markdown]
# The median of all runs, not of those that arrived: one that was not reached counts as later than
# every time seen, so a median among those is not known, and is not shown as a number.

# %%
times = runs["validation_step"].astype("float64").fillna(np.inf)
summary = pd.DataFrame(
    {
        "runs": runs.groupby(decay).size(),
        "generalized": runs["event"].groupby(decay).sum(),
        "median": times.groupby(decay).median().replace(np.inf, np.nan),
    }
)
print(summary)

# %% [markdown]
# The share that has not generalized yet, step by step, with an interval.


# %%
def survival(runs: pd.DataFrame) -> pd.DataFrame:
    """Kaplan-Meier curves by weight decay, and their log-rank test."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    curves = {}
    for value, some in runs.groupby("recipe.decoder.weight_decay"):
        fitted = KaplanMeierFitter().fit(some["time"].astype(float), some["event"].astype(bool))
        curves[value] = fitted.survival_function_["KM_estimate"]
    test = multivariate_logrank_test(
        runs["time"].astype(float),
        runs["recipe.decoder.weight_decay"],
        runs["event"].astype(bool),
    )
    print(f"log-rank test over weight decays: p = {test.p_value:.3g}")
    return pd.DataFrame(curves).ffill()


if importlib.util.find_spec("lifelines") is not None:
    print(survival(runs))
