# Everything a person or a machine calls here. Set-up is included: `make demo` and `make test` work in a fresh clone.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# uv is used where it is installed, because it is faster; stock pip does the same.
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)

.PHONY: help setup demo test check bench rhythm crawling soak quality format lock clean

help: ## what there is to call
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Marsad needs Python 3.11 or newer; call: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv

.venv/.product: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Setting up .venv (once; a minute or so)"
	$(INSTALL) -r requirements.lock
	$(INSTALL) --no-deps --editable .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.product
	@echo "Setting up what the tests need"
	$(INSTALL) -r requirements-dev.lock
	@touch $@

setup: .venv/.product ## make .venv with the command .venv/bin/marsad

demo: setup ## the main job, offline: a newspaper on 127.0.0.1 is crawled, tagged, stored and shown
	@$(BIN)/marsad demo

test: .venv/.dev ## all tests (the MongoDB ones start a server of their own)
	$(BIN)/python -m pytest

check: .venv/.dev ## formatting, lint, types and who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/marsad watchlist check

bench: .venv/.dev ## measure what we promise (a minute); with RECORD=--record the figures go into benchmarks/history.jsonl
	$(BIN)/python -m benchmarks.run $(RECORD)

soak: .venv/.dev ## an hour of odd texts (MINUTES=60) through folding, matching and the language gate; memory over 100,000 pages
	$(BIN)/python -m benchmarks.fuzz $(or $(MINUTES),60)
	$(BIN)/python -m benchmarks.crawling --memory 100000 $(RECORD)

quality: setup ## precision and recall of tagging on the labelled articles beside the project (HELD_OUT=--held-out opens the rest)
	$(BIN)/python -m benchmarks.quality $(HELD_OUT) $(RECORD)

rhythm: .venv/.dev ## `every = "auto"` against fixed intervals, on real outlets beside the project (some minutes; RECORD=--record)
	$(BIN)/python -m benchmarks.rhythm $(RECORD)

crawling: .venv/.dev ## pages per second beside a plain Scrapy spider; 60 outlets in one crawl process and in two (RECORD=--record)
	$(BIN)/python -m benchmarks.crawling $(RECORD)
	$(BIN)/python -m benchmarks.crawling --memory 10000 $(RECORD)

format: .venv/.dev ## rewrite files the way `make check` wants them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## choose newest versions within pyproject.toml's bounds (needs uv)
	uv pip compile --quiet --universal --generate-hashes --upgrade --custom-compile-command "make lock" -o requirements.lock pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --upgrade --custom-compile-command "make lock" -c requirements.lock -o requirements-dev.lock --group dev pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --upgrade --custom-compile-command "make lock" -c requirements-dev.lock -o requirements-cluster.lock --extra cluster pyproject.toml

clean: ## forget .venv and what the demo stored
	rm -rf .venv data build *.egg-info
