# Two commands do everything: `make demo` and `make test`. Each makes its environment first.
PYTHON ?= python3
SEEDS ?= 1
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint bench clean help

help:
	@echo "make demo    set up, then run the main job on the embedded world; the report is demo/report.html"
	@echo "make test    set up, then run the tests with coverage"
	@echo "make lint    set up, then ruff and mypy"
	@echo "make bench   set up, then the side-by-side benchmarks"

$(STAMP): pyproject.toml constraints.txt
	@echo "== setting up $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt "torch==2.13.0"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)

demo: $(STAMP)
	@echo "== the main job on the embedded world: train, extract, match, report ($(SEEDS) seed)"
	$(BIN)/resight demo --seeds $(SEEDS) --out demo

test: $(STAMP)
	@echo "== tests"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --cov=resight --cov-report=term

lint: $(STAMP)
	@echo "== ruff and mypy"
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy

bench: $(STAMP)
	@echo "== benchmarks, side by side"
	@for file in benchmarks/*.py; do echo "-- $$file"; $(BIN)/python $$file || exit 1; done

clean:
	rm -rf $(VENV) demo .coverage .pytest_cache .mypy_cache .ruff_cache
