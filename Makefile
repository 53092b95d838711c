# Everything is one command: make demo, make test, make test-quick, make lint, make snapshot, make bench.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two cores share the suite (tests/conftest.py says how); a few tests begin sooner in one process.
WORKERS ?= $(if $(TESTS),0,auto)
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo test test-quick lint snapshot bench pages lock clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1 - /' | sort

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "graphsvc needs Python 3.11 or newer; '$(PYTHON)' is not. Name another one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "'$(PYTHON) -m venv' failed. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing graphsvc and what it needs (locked, with hashes) ..."
	@$(PIP) -r requirements.txt
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what the tests need (locked, with hashes) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

pages: $(VENV)/.installed  ## build the browser pages, where their sources changed
	@$(BIN)/python -m graphsvc.web.build

demo: pages  ## load the four care systems and serve them on loopback
	@exec $(BIN)/graphsvc demo

test: $(VENV)/.installed-dev pages  ## run the whole suite, on both stores and in a browser: make test TESTS=tests/test_web.py
	@tests/provide
	@$(PYTEST) $(TESTS)

test-quick: $(VENV)/.installed-dev pages  ## run it on the embedded store alone, without a browser, generated inputs and what is slow
	@$(PYTEST) -m "not neo4j and not browser and not generated and not slow" $(TESTS)

lint: $(VENV)/.installed-dev  ## check style and types, Python and TypeScript
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m graphsvc.web.build --check

snapshot: $(VENV)/.installed-dev  ## renew the golden files: schema.graphql, docs/ontology.md, docs/settings.md, expected answers and graphs
	@$(BIN)/python -m graphsvc.api.schema
	@$(BIN)/python -m graphsvc.exports.reference
	@GRAPHSVC_SNAPSHOT=1 $(BIN)/python -m pytest -q tests/api/test_planned_text.py
	@GRAPHSVC_SNAPSHOT=1 $(BIN)/python -m pytest -q tests/test_questions.py tests/test_directory_questions.py -k "expected_answer and embedded"
	@GRAPHSVC_SNAPSHOT=1 $(BIN)/python -m pytest -q tests/loaders/test_loaders.py -k "as_expected or seen_and_expected"
	@$(BIN)/python -c "from graphsvc.settings import reference; print(reference(), end='')" > docs/settings.md

bench: $(VENV)/.installed-dev  ## measure ten shapes of question: make bench SIZE=200000 STORE=neo4j
	@$(BIN)/python -m bench --size $(or $(SIZE),20000) --store $(or $(STORE),embedded)

lock: $(VENV)/.installed-dev  ## renew the locks from pyproject.toml
	@$(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  pyproject.toml --extra build --extra dev --output-file requirements-dev.txt
	@$(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  pyproject.toml --extra build --constraint requirements-dev.txt --output-file requirements.txt

clean:  ## remove what was built; the data folder stays
	@rm -rf $(VENV) graphsvc/web/dist graphsvc/web/node_modules .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
