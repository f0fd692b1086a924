# Everything a person or a machine calls here. Set-up is included: `make demo` and `make test` work in a fresh clone.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# uv is used where it is installed, because it is faster; stock pip does the same.
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)

.PHONY: help setup demo test check bench peers soak crashes week load rhythm crawling quality format lock clean

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

bench: .venv/.dev peers ## measure what we promise; RECORD=--record keeps the figures; SIZE=1000000 asks a million articles (an hour, 15 GB)
	$(BIN)/python -m benchmarks.run $(RECORD)
	$(BIN)/python -m benchmarks.extraction $(RECORD)
	$(BIN)/python -m benchmarks.week $(RECORD)
	$(BIN)/python -m benchmarks.alerts $(RECORD)
	$(BIN)/python -m benchmarks.questions $(or $(SIZE),100000) $(RECORD) $(MONGO)
	$(BIN)/python -m benchmarks.assigning $(or $(SIZE),20000) $(RECORD)

# Only measured beside ours: never installed where the product runs.
peers: .venv-peers/.made ## the environment of the other extractors that `make bench` shows beside ours

.venv-peers/.made: benchmarks/peers.txt
	@echo "Setting up other extractors to measure beside ours"
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r benchmarks/peers.txt
	@touch $@

crashes: .venv/.dev ## 20 kill -9 over one crawl: nothing is lost, nothing is stored twice (some minutes)
	$(BIN)/python -m benchmarks.crashes $(RECORD)

week: .venv/.dev ## requests and bytes that a week of a newspaper costs, beside spiders of Scrapy's documentation (some minutes)
	$(BIN)/python -m benchmarks.week $(RECORD)

load: .venv/.dev ## 60 outlets with 200 pages each at 60 addresses: memory and politeness (a quarter of an hour)
	$(BIN)/python -m benchmarks.load $(RECORD)

soak: .venv/.dev ## 20,000 random queries to both stores, then an hour of odd texts through folding, matching, dates and the language gate (MINUTES=60), 1,000 kills of a process that sends alerts
	MARSAD_CASES=20000 $(BIN)/python -m pytest -q tests/pipelines/store/test_query.py
	$(BIN)/python -m benchmarks.fuzz $(or $(MINUTES),60)
	$(BIN)/python -m benchmarks.crawling --memory 100000 $(RECORD)
	$(BIN)/python -m benchmarks.alerts --kills 1000 $(RECORD)

quality: setup ## precision and recall of tagging, reports, dates and stories on the labelled articles beside the project (HELD_OUT=--held-out opens the rest)
	$(BIN)/python -m benchmarks.quality $(HELD_OUT) $(RECORD)
	$(BIN)/python -m benchmarks.dates $(RECORD)
	$(BIN)/python -m benchmarks.stories $(HELD_OUT) $(RECORD)

rhythm: .venv/.dev ## `every = "auto"` against fixed intervals, on real outlets beside the project (some minutes; RECORD=--record)
	$(BIN)/python -m benchmarks.rhythm $(RECORD)

crawling: .venv/.dev peers ## pages per second beside a plain Scrapy spider and news-please; 60 outlets in one crawl process and in two (RECORD=--record)
	$(BIN)/python -m benchmarks.crawling $(RECORD)
	$(BIN)/python -m benchmarks.crawling --memory 10000 $(RECORD)

format: .venv/.dev ## rewrite files the way `make check` wants them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## choose newest versions within pyproject.toml's bounds (needs uv)
	uv pip compile --quiet --universal --generate-hashes --upgrade --custom-compile-command "make lock" -o requirements.lock pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --upgrade --custom-compile-command "make lock" -c requirements.lock -o requirements-dev.lock --group dev pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --upgrade --custom-compile-command "make lock" -c requirements-dev.lock -o requirements-cluster.lock --extra cluster pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --upgrade --custom-compile-command "make lock" -c requirements-dev.lock -o requirements-alerts.lock --extra alerts pyproject.toml

clean: ## forget .venv and what the demo stored
	rm -rf .venv .venv-peers data build *.egg-info
