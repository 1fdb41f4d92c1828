"""Forecasts of when a run generalizes, made from its curves and settings, and scored.

`forecast` is the one question. A `History` is what is known of a run up to now; a `Forecaster`
gives a `Prediction`; `benchmark` scores them on families of runs that they were not fitted on. It
needs no JAX, and works as well on curves that other programs wrote (`read_curves`).
"""

from grokphase.forecasting.forecast import Evidence as Evidence
from grokphase.forecasting.forecast import Forecast as Forecast
from grokphase.forecasting.forecast import Forecaster as Forecaster
from grokphase.forecasting.forecast import Prediction as Prediction
from grokphase.forecasting.history import History as History
from grokphase.forecasting.reading import read_curves as read_curves

# Last, as it takes the name that the module `forecast` has in this package.
from grokphase.forecasting.asking import forecast as forecast  # isort: skip
