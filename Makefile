# Every target sets up what it needs in .venv on its first call; later calls find it there.
#
#   PYTHON=/path/to/python make ...    use this interpreter (>= 3.11) for a new .venv
#   PYTEST_ARGS="-k store" make test   hand options on to pytest

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTHONS := $(or $(PYTHON),python3.14 python3.13 python3.12 python3.11 python3)
PYTEST_ARGS ?=

.PHONY: help demo test test-all lint format check docs ledger pictures bench clean distclean

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed ## map the four phases of the addition toy; leaves a figure and a report
	@$(BIN)/grokphase demo

test: $(VENV)/.installed-dev ## run the quick test suite
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not slow" $(PYTEST_ARGS)

test-all: $(VENV)/.installed-dev ## run every test, the slow ones too
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev ## check format, style and types
	@$(BIN)/ruff format --check --quiet . || { echo 'To format: make format'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy

format: $(VENV)/.installed-dev ## format the code and mend what the linter can
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .

check: ## everything that continuous integration asks: lint, then test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test

docs: $(VENV)/.installed-docs ## build the documentation into docs/_build/html
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo 'docs/_build/html/index.html'

ledger: $(VENV)/.installed ## measure the claims on the results that come with the studies, and write their pages
	@$(BIN)/python docs/pictures.py

pictures: $(VENV)/.installed ## the same, and draw these results for the documentation
	@$(BIN)/python docs/pictures.py pictures

bench: $(VENV)/.installed ## measure the speed of this machine beside its bound
	@$(BIN)/grokphase bench

clean: ## remove caches and built files; results and .venv stay
	@rm -rf build dist docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv too
	@rm -rf $(VENV)

# ---- set-up. A stamp is written only after its install succeeded, so an interrupted one is done again.

$(VENV)/.installed: pyproject.toml | $(VENV)/.created
	@echo 'Installing grokphase into $(VENV) (the first time: about 500 MB, a few minutes) ...'
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.created
	@echo 'Installing grokphase and its test tools into $(VENV) (the first time: about 900 MB) ...'
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml | $(VENV)/.created
	@echo 'Installing grokphase and Sphinx into $(VENV) ...'
	@$(PIP) install --editable '.[docs]'
	@touch $@ $(VENV)/.installed

# The interpreter is tried, not looked up: a name on the PATH may be a wrapper for a version that is not there.
$(VENV)/.created:
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		chosen=; unfit=; \
		for name in $(PYTHONS); do \
			"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
			if "$$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then chosen=$$name; break; fi; \
			unfit=$${unfit:-$$name}; \
		done; \
		if [ -z "$$chosen" ] && [ -n "$$unfit" ]; then \
			echo "$$unfit lacks the venv and ensurepip modules: install them (Debian, Ubuntu: apt install python3-venv) and run make again." >&2; \
			exit 1; \
		elif [ -z "$$chosen" ]; then \
			echo 'grokphase needs Python 3.11 or newer, and none was found on the PATH: install one, or say PYTHON=/path/to/python make ...' >&2; \
			exit 1; \
		fi; \
		"$$chosen" -m venv --clear $(VENV); \
	fi
	@touch $@
