# Everything is made inside this folder: .venv (the environment), .cache (what tools keep), .data (the application's).
# Needed: python3 (3.11 to 3.13), make and the package index.

PORT ?= 8000
BIN := .venv/bin
CACHE := $(CURDIR)/.cache

export PIP_CACHE_DIR := $(CACHE)/pip
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TMPDIR := $(CACHE)/tmp
export MYPY_CACHE_DIR := $(CACHE)/mypy
export RUFF_CACHE_DIR := $(CACHE)/ruff
export npm_config_cache := $(CACHE)/npm
# pip asks a rustc on the PATH for its version, and rustup then writes its settings.
export RUSTUP_HOME := $(CACHE)/rustup
# Else each process compiles all modules anew: a fourth of what a server takes to start, half of collecting the tests.
export PYTHONDONTWRITEBYTECODE :=

PYTEST = $(BIN)/python -m pytest -o cache_dir=$(CACHE)/pytest

.PHONY: help demo test search test-no-jit contracts test-clients bench agreement lint types clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: $(BIN)/.runtime ## Generate the demo region, import it and serve it on PORT (8000)
	@$(BIN)/mobility demo --port $(PORT)

test: $(BIN)/.test ## Run the tests on the embedded default
	$(PYTEST) -n 2 --dist loadfile $(TESTS)

search: $(BIN)/.test ## Look for what fails with examples drawn anew, where the tests draw the same ones each time
	$(PYTEST) -n 2 --dist loadfile -m hypothesis --hypothesis-profile search $(or $(TESTS),tests)

test-no-jit: $(BIN)/.test ## Run the kernels' tests as plain Python
	NUMBA_DISABLE_JIT=1 $(PYTEST) -n 2 tests/routing

contracts: $(BIN)/.test ## Run on PostgreSQL/PostGIS and Redis what `test` runs on SQLite and memory
	scripts/services run $(PYTEST) -n 2 --dist loadfile -m services tests/contracts tests/mobility/under_fire/test_kills.py::test_nor_on_a_server

test-clients: $(BIN)/.test ## Let other people's clients (npm) use a running server
	$(PYTEST) -m clients tests/clients

bench: $(BIN)/.bench ## Measure importing, opening and planning, beside nigiri: FEEDS="a.zip folder" or what is served
	@$(BIN)/mobility bench $(FEEDS)

agreement: $(BIN)/.test $(BIN)/.bench ## Compare whole answers with nigiri's on real feeds, where they are at hand
	$(PYTEST) -m bench tests/acceptance

lint: $(BIN)/.test ## Check style and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --cache-dir $(CACHE)/import-linter

types: $(BIN)/.test ## Check types
	$(BIN)/mypy

clean: ## Remove the environment and what tools keep; .data stays
	rm -rf .venv .cache

# Stamps: an environment is brought up to date only when what it is made from has changed.

$(BIN)/.runtime: pyproject.toml constraints.txt scripts/make-environment
	@mkdir -p $(TMPDIR)
	@scripts/make-environment
	@echo "Installing what mobility needs (once)"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(BIN)/.test: $(BIN)/.runtime
	@echo "Installing what tests and checks need (once)"
	@$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	@touch $@

$(BIN)/.bench: $(BIN)/.runtime
	@$(BIN)/python -m pip install --quiet --editable '.[bench]'
	@touch $@
