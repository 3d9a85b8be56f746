# `make demo` and `make test` set up everything they need in .venv; Python >= 3.11 and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := $(VENV)/.demo
READY := $(VENV)/.ready
TESTED := $(VENV)/.tested
DOCUMENTED := $(VENV)/.documented

.PHONY: demo test test-all test-long lint docs benchmark pages nomenclature clean

# What a user installs: the demo needs no more.
$(DEMO): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("carbonsweep needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[plot,sql]'
	touch $@

$(READY): $(DEMO)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

# The tests also read with Spark and describe clusters of others, which is large.
$(TESTED): $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,peers]'
	touch $@

# What the site needs besides: without the package, which is there.
NEEDED = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"])
$(DOCUMENTED): $(READY)
	$(BIN)/python -c '$(NEEDED)' | xargs $(BIN)/pip install --quiet --disable-pip-version-check
	touch $@

# A million-point sweep of real catalog data, written as Parquet and read back by DuckDB.
demo: $(DEMO)
	$(BIN)/carbonsweep run examples/llama_class.toml --out runs/llama_class --overwrite
	$(BIN)/python examples/query.py runs/llama_class
	$(BIN)/carbonsweep report runs/llama_class --out runs/report.html --overwrite
	@echo "Open runs/report.html in a browser: the answer, trade-offs, what each axis does, sites, assumptions, provenance."

# What is marked slow is left to `make test-all`, which is what .ci/run does. Compiled nests are kept in .pytest_cache.
test: $(TESTED)
	$(BIN)/pytest -n 2 -m "not slow and not long"

test-all: $(TESTED)
	$(BIN)/pytest -n 2 -m "not long" --durations=25 --durations-min=5

# What has a quicker sibling in .ci/run, which must end within twenty minutes.
test-long: $(TESTED)
	$(BIN)/pytest -n 2 -m long

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	rm -rf $(VENV)/typed
	mkdir -p $(VENV)/typed
	cp -R sweep $(VENV)/typed/carbonsweep
	cp -R kernels catalogs $(VENV)/typed/carbonsweep
	MYPYPATH=$(VENV)/typed $(BIN)/mypy
	PYTHONPATH=$(VENV)/typed $(BIN)/lint-imports --no-cache

# The site, into site/: it opens from disk. Any warning, and anything that a page would load from outside, is an error.
docs: $(DOCUMENTED)
	rm -rf $(VENV)/documented
	mkdir -p $(VENV)/documented
	cp -R sweep $(VENV)/documented/carbonsweep
	cp -R kernels catalogs $(VENV)/documented/carbonsweep
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

benchmark: $(READY)
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/cluster.py

# What is generated and committed: docs/nomenclature.md, the tables of columns in catalogs/README.md, the schema of plans.
pages nomenclature: $(READY)
	$(BIN)/python docs/scripts/nomenclature.py
	$(BIN)/python docs/scripts/catalog_columns.py
	$(BIN)/python docs/scripts/model_errors.py
	$(BIN)/python docs/scripts/plan_schema.py

clean:
	rm -rf $(VENV) build dist site *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
