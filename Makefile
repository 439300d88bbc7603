# Two commands: `make demo` and `make test`. Everything else is for those who change Benchpin.
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test tour bench lint format examples requirements

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

.venv/.runs: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what Benchpin runs on (about a minute the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.develops: requirements-dev.txt .venv/.runs
	@echo "Installing the development tools ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: .venv/.develops ## Install everything into .venv

demo: .venv/.runs ## The whole shop on this machine: make demo PORT=8000
	@$(BIN)/python manage.py demo --port $(PORT)

demo-reset: .venv/.runs ## Forget the demo's data; the next `make demo` begins anew
	@$(BIN)/python -m config.reset

test: .venv/.develops ## Every test
	@$(BIN)/python -m pytest $(ARGS)

tour: .venv/.runs ## Run the README's tour and the guides against a running demo
	@$(BIN)/python -m config.tour --port $(PORT)

bench: .venv/.develops ## Measure and write docs/benchmarks.md; needs wrk. make bench QUICK=1 only prints
	@$(BIN)/python -m tests.load.bench $(if $(QUICK),--quick) $(ARGS)

lint: .venv/.develops ## House rules, types, dead and double code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	@# Attributes and variables are fields of shapes and models; functions and classes must have a caller.
	! $(BIN)/vulture | grep -E 'unused (function|method|class|import|property)|unreachable|unsatisfiable'
	$(BIN)/pylint --recursive=y catalog config orders shop

format: .venv/.develops ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

examples: .venv/.develops ## Record the API document's examples again
	RECORD_EXAMPLES=1 $(BIN)/python -m pytest -n 0 tests/contract/test_examples.py

requirements: ## Compile the pinned requirements again (needs uv)
	uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 --custom-compile-command 'make requirements' pyproject.toml -o requirements.txt
	uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 --custom-compile-command 'make requirements' --extra dev pyproject.toml -o requirements-dev.txt
