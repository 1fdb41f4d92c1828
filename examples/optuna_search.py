# %% [markdown]
# # A search with Optuna
#
# Which learning rate and weight decay generalize soonest? Optuna asks, grokphase trains, and what
# came of it is told. Every run is kept, so a search that was cut off and is begun again takes
# hundredths of a second for each run that exists. Needs `pip install optuna`.

# %%
import time

import optuna
from optuna.trial import TrialState

import grokphase as gp

TRIALS = 20
STEPS = 3000  # the budget of a run

# %% [markdown]
# A run that does not generalize within its budget has no time to tell. It is no failure either, and
# its budget is no measurement: it is told as *pruned*, with its last validation error, and Optuna
# ranks it behind those that arrived.


# %%
def tell(study: optuna.Study, trial: optuna.Trial, run: gp.Run) -> None:
    """What became of a run, to Optuna."""
    if run.record.validation_step is not None:
        study.tell(trial, run.record.validation_step)
        return
    trial.report(1 - run.record.final["validation_accuracy"], step=run.record.steps_trained)
    study.tell(trial, state=TrialState.PRUNED)


def search(store: gp.Store, trials: int = TRIALS) -> optuna.Study:
    """Ask, train, tell; the same seed asks for the same runs."""
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    for _ in range(trials):
        trial = study.ask()
        decoder = gp.Group(
            learning_rate=trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
            weight_decay=trial.suggest_float("weight_decay", 0, 4),
        )
        recipe = gp.Recipe(steps=STEPS, decoder=decoder)
        tell(study, trial, gp.train("addition", recipe=recipe, store=store, on_progress=None))
    return study


# %% [markdown]
# The store is opened once: opening it for each run would cost more than finding the run.

# %%
with gp.Store.open("search-store") as store:
    study = search(store)
    began = time.perf_counter()
    again = search(store)
    seconds = (time.perf_counter() - began) / TRIALS

arrived = [trial for trial in study.trials if trial.state == TrialState.COMPLETE]
print(f"{len(arrived)} of {TRIALS} runs generalized within {STEPS:,} steps")
if arrived:
    print(f"soonest after {study.best_value:,.0f} steps: {study.best_params}")
print(f"asked again, a run takes {seconds:.3f} s")
assert [trial.values for trial in again.trials] == [trial.values for trial in study.trials]
