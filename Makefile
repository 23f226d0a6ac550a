# `make run` needs Python 3.11 or newer and a network for the first set-up, and nothing else. `make help` lists the rest.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
T ?=# arguments for pytest: make test T="tests/booking -k overlap"

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
NODE_TOOLS := vnu-jar@26.9.27 lighthouse@12.8.2
NOT_FETCHED = echo "Not all could be fetched: check the network, then run this again. See .venv/install.log."; exit 1;
export UV_PYTHON_DOWNLOADS := never
ifneq ($(shell command -v uv),)
  NEW_VENV := uv venv --quiet --clear --seed --python $(PYTHON) .venv
  INSTALL := uv pip install --quiet --python $(BIN)/python -r
else
  NEW_VENV := $(PYTHON) -m venv --clear .venv
  INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check -r
endif

# An environment that was never finished, or whose Python is gone or too old, is made again.
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifneq ($(wildcard .venv),)
  ifneq ($(shell $(BIN)/python -c 'import pip; $(IS_NEW_ENOUGH)' >/dev/null 2>&1 || echo broken),)
    $(shell rm -rf .venv)
  endif
endif

.PHONY: run test smoke faults audit bench html lighthouse lint format lock clean help
.DEFAULT_GOAL := help

run: export DEBUG := 1
run: export SITE_URL := http://$(HOST):$(PORT)
run: .venv/run ## start the site and its worker with a demo practice; PORT=8000, or DATABASE_URL=postgres://...
	@$(BIN)/python -m clinic.web.free_port "$(HOST)" "$(PORT)"
	@echo "Setting up the database ..."
	@$(MANAGE) prepare_demo
	@# In the background a shell makes its children deaf to Ctrl-C: we end both ourselves, whichever stops first.
	@trap 'kill $$worker $$server 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; \
	$(MANAGE) run_worker & worker=$$!; \
	$(MANAGE) runserver $(HOST):$(PORT) & server=$$!; \
	wait $$server

test: .venv/dev ## run the suite on SQLite and on a PostgreSQL of its own; T="..." goes to pytest
	@$(BIN)/python -m tests.run $(T)

smoke: .venv/dev ## more faults, and more hostile input, than `make test` tries, on both databases; FUZZ_SEED=...
	@timeout 180 $(BIN)/python -m tests.faults --smoke
	@$(BIN)/python -m tests.smoke $(T)

audit: .venv/dev ## known vulnerabilities in what requirements.txt pins; says NOT CHECKED if it cannot ask
	@$(BIN)/python -m tests.audit $(T)

bench: .venv/dev ## measure; writes nothing outside a temporary folder
	@$(BIN)/python -m tests.bench $(T)

faults: .venv/dev ## kill, freeze and fill what a site stands on, and see that nothing is lost: about twenty minutes
	@$(BIN)/python -m tests.faults $(T)

html: .venv/dev node_modules/.ready ## check the HTML of every page of a demo with vnu; needs npm and Java
	@command -v java >/dev/null || { echo "make html needs Java: its checker, vnu, is written in it."; exit 1; }
	@$(BIN)/python -m pytest tests/html.py -q -s --tb=short

lighthouse: .venv/dev node_modules/.ready ## Lighthouse's figures of a treatment page; needs npm and Chromium
	@$(BIN)/python -m tests.lighthouse $(T)

lint: .venv/dev ## formatting, style, types, templates
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/djlint templates --check --lint

format: .venv/dev ## lay out the code and the templates as `make lint` wants them
	@$(BIN)/ruff format .
	@$(BIN)/djlint templates --reformat --quiet --warn

lock: .venv/dev ## renew the pinned requirements*.txt from requirements*.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean: ## forget the environment and everything built; asks before it deletes the data in var/
	@if [ -e var ]; then \
	  answer=no; \
	  if [ -t 0 ]; then printf "Delete the data in var/ too? Type yes to delete it: "; read answer; fi; \
	  if [ "$$answer" = yes ]; then rm -rf var; else echo "Kept the data in var/. To delete it: rm -r var"; fi; \
	fi
	rm -rf .venv node_modules static .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage test-results

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

.venv/run: requirements.txt | $(BIN)/python
	@echo "Installing what the site needs (once, about a minute) ..."
	@$(INSTALL) requirements.txt >.venv/install.log 2>&1 || { $(NOT_FETCHED) }
	@touch $@

.venv/dev: requirements-dev.txt | $(BIN)/python
	@echo "Installing what the tests need (once, about a minute) ..."
	@$(INSTALL) requirements-dev.txt >.venv/install.log 2>&1 || { $(NOT_FETCHED) }
	@touch $@ .venv/run

node_modules/.ready:
	@command -v npm >/dev/null || { echo "This needs npm (Node 18 or newer), to fetch its tools."; exit 1; }
	@echo "Fetching $(NODE_TOOLS) (once, about 200 MB) ..."
	@npm install --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error $(NODE_TOOLS)
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c '$(IS_NEW_ENOUGH)' 2>/dev/null || \
	  { echo "This needs Python 3.11 or newer: install it, or name it, for example: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "This Python cannot make environments: install its venv package, for example: apt install python3-venv"; exit 1; }
	@echo "Making a Python environment in .venv ..."
	@$(NEW_VENV) || { rm -rf .venv; echo "Making .venv failed: see above, then run this again."; exit 1; }
