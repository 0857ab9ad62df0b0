# Every target works on a fresh checkout and installs what it needs into the checkout: .venv/ and .node/.
# Another Python: make PYTHON=python3.12 test      Arguments: make test ARGS="-k inbox"

PYTHON ?= python3
VENV := .venv/bin/python
ARGS ?=

.PHONY: help install demo demo-check test lint format bench scale cluster run dist lock clean system pages
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: .venv/installed pages  ## the environment and the built pages, nothing more

.venv/installed: $(wildcard requirements*.txt) tools/setup.py
	$(PYTHON) tools/setup.py venv
	@touch $@

# The script knows by itself whether the pages are up to date; a release holds them built, without their sources.
pages: .venv/installed
	@$(if $(wildcard frontend/package.json),$(VENV) tools/build_pages.py)

# PostgreSQL, Chromium and Redis, where root may install them; else their tests are skipped with the reason.
system:
	@$(PYTHON) tools/setup.py system

demo: install  ## the application and the sandbox; prints the address to open
	@$(VENV) -m tools.demo $(ARGS)

demo-check: install  ## the same story without hands; prints what was created
	@$(VENV) -m tools.demo_check $(ARGS)

test: install system  ## everything, all tests
	@$(VENV) -m tools.test $(ARGS)

lint: .venv/installed  ## style and types
	@$(VENV) -m tools.test --lint

format: .venv/installed  ## lays out the Python files
	@$(VENV) -m ruff check --fix-only .
	@$(VENV) -m ruff format .

bench: install system  ## the measures of docs/benchmarks.md
	@$(VENV) -m bench $(ARGS)

scale: install  ## 10,000 portals on a virtual clock: docs/scale.md
	@$(VENV) -m bench scale

cluster: install system  ## two web processes, four workers, and everything that can die does
	@$(VENV) -m bench.cluster $(ARGS)

run: install  ## the application alone
	@.venv/bin/gunicorn wsgi:app

dist: install  ## a release with its pages: dist/*.tar.gz
	@$(VENV) -m tools.dist

lock: .venv/installed  ## compiles requirements*.in into the lock files
	@$(VENV) -m tools.lock $(ARGS)

clean:  ## back to a fresh checkout; the database under instance/ stays
	rm -rf .venv .node .mypy_cache .ruff_cache .pytest_cache .hypothesis frontend/node_modules frontend/dist dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
