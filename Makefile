# The only entry: each target sets up what it needs on a bare machine with Python 3.11+ and make.
# `make PYTHON=/path/to/python3 setup` chooses the interpreter; `make serve ARGS="--port 9000"` passes arguments on.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev setup-slow setup-fhir-server assets chromium postgres demo serve test test-slow sandbox-test check fix docs cards recorded screenshots bench effort load soak map mutate lock clean

# The first interpreter that is new enough and can make virtual environments.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$python; break; fi; done)

BIN := .venv/bin
# Files with untraced tests: to collect all the others takes a third as long as to run these.
SWEEPS = $(shell grep -rlE --include='test_*.py' 'mark\.sweep' tests)
LOCK_BIN := .venv-lock/bin
PIP_INSTALL := -m pip -qq --disable-pip-version-check --no-input install
PINNED := --require-hashes --only-binary :all:
COMPILE = $(LOCK_BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command 'make lock'

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "make %-18s %s\n", $$1, $$2 }'

setup: .venv/.setup ## make .venv with the service, so that .venv/bin/recurrence-cds exists

setup-dev: .venv/.dev ## add to .venv what the tests and checks need

setup-slow: .venv/.slow ## add to .venv what the slow tests need

setup-fhir-server: .venv-fhir/.done ## make .venv-fhir with the real FHIR server of the slow tests

assets: cds_service/evidence_view/vendor/.done ## fetch the browser code of package.json for the pages' plots (npm; Node by PyPI where there is none)

chromium: ## install Debian's Chromium where the machine has no browser (as root)
	@command -v chromium || command -v chromium-browser || command -v google-chrome || { \
		test "$$(id -u)" = 0 || { echo 'No Chromium: install it (Debian: apt-get install chromium)' >&2; exit 1; }; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install chromium fonts-dejavu-core; }

postgres: ## install Debian's PostgreSQL where the machine has no server (as root)
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { \
		test "$$(id -u)" = 0 || { echo 'No PostgreSQL: install it (Debian: apt-get install postgresql)' >&2; exit 1; }; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install postgresql; }

demo: .venv/.setup ## start the service with sample charts, make one call and print the card
	$(BIN)/recurrence-cds demo $(ARGS)

serve: .venv/.setup ## start the service
	$(BIN)/recurrence-cds serve $(ARGS)

test: .venv/.dev ## run the tests with coverage (two to five minutes)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'sweep and not slow' $(or $(strip $(ARGS)),$(SWEEPS)) $(if $(strip $(ARGS)),|| test $$? = 5) # ARGS may choose none
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist worksteal -m 'not sweep and not slow' $(ARGS)
	$(BIN)/coverage combine -q
	@echo 'Coverage of the whole project (at least 95 %):' && $(BIN)/coverage report
	@echo 'Coverage of rules and cards (100 %):' && $(BIN)/coverage report --include='rules/*,cards/*' --fail-under=100

test-slow: .venv/.slow .venv-fhir/.done assets chromium postgres ## run the slow tests; none found is a failure
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m slow $(ARGS)

sandbox-test: .venv/.slow .venv-fhir/.done ## drive a public CDS Hooks sandbox in Chromium: SANDBOX=folder of its build
	SANDBOX='$(abspath $(SANDBOX))' $(BIN)/python -m pytest tests/sandbox/public_sandbox.py $(ARGS)

check: .venv/.dev ## lint, formatting, types, import directions, Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/hadolint Dockerfile

fix: .venv/.dev ## repair what the linter and the formatter can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.setup ## write what is made from rules/ and profiles anew: docs/rules.md, docs/intended-use.md, docs/integrate, docs/fhir, the README's table
	$(BIN)/recurrence-cds publish docs --readme README.md

cards: .venv/.dev ## write docs/cards.md anew: the cards of the shared cases, in English and German
	$(BIN)/python -m tests.docs.card_document

recorded: .venv/.dev ## write tests/service/recorded_answers.tsv anew: digests of the answers to every case (one to two minutes)
	$(BIN)/python -m tests.service.recorded_answers

screenshots: .venv/.slow chromium ## take the screenshots of README and docs anew, from the running demo in Chromium
	$(BIN)/python -m tests.browser.screenshots

mutate: .venv/.slow ## change the clinical data, then the rules' code, piece by piece: a test has to fail each time (an hour)
	$(BIN)/python -m mutation data
	$(BIN)/python -m mutation code

bench: .venv/.dev ## print CPU per call against the floor
	$(BIN)/python -m bench $(ARGS)

effort: .venv/.dev ## count what fixed calls take and write bench/effort.toml anew, which the tests compare with
	$(BIN)/python -m bench.effort --write

load: .venv/.dev ## measure start, memory, throughput, stores, fetching, fairness and overload on a running service (six minutes)
	$(BIN)/python -m load $(ARGS)

map: .venv/.dev ## print the imports of each package: floors, circles, arrows, loose modules
	$(BIN)/python -m tools.import_map

soak: .venv/.dev ## make 100,000 calls and watch the memory of the worker (a quarter of an hour)
	$(BIN)/python -m load soak $(ARGS)

lock: .venv-lock/.done ## compile requirements/*.in to hash-pinned *.txt (add ARGS=--upgrade for newer versions)
	$(COMPILE) $(ARGS) requirements/slow.in -o requirements/slow.txt
	$(COMPILE) -c requirements/slow.txt requirements/dev.in -o requirements/dev.txt
	$(COMPILE) -c requirements/slow.txt requirements/runtime.in -o requirements/runtime.txt
	$(COMPILE) -c requirements/slow.txt requirements/build.in -o requirements/build.txt
	$(COMPILE) $(ARGS) requirements/fhir-server.in -o requirements/fhir-server.txt
	$(COMPILE) $(ARGS) requirements/assets.in -o requirements/assets.txt

clean: ## remove what the other targets made
	rm -rf .venv .venv-fhir .venv-lock .venv-node node_modules cds_service/evidence_view/vendor .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist

# A missing or dangling interpreter starts the environment afresh, its stamps included.
.venv/bin/python:
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or newer with venv found: install one, or name it with PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv

# The build backend is pinned too: the editable install then needs no index and no isolation.
.venv/.setup: requirements/runtime.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(BIN)/python $(PIP_INSTALL) $(PINNED) -r requirements/runtime.txt -r requirements/build.txt
	$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.setup
	$(BIN)/python $(PIP_INSTALL) $(PINNED) -r requirements/dev.txt
	@touch $@

.venv/.slow: requirements/slow.txt .venv/.dev
	$(BIN)/python $(PIP_INSTALL) $(PINNED) -r requirements/slow.txt
	@touch $@

.venv-lock/.done:
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or newer with venv found: install one, or name it with PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv-lock
	$(LOCK_BIN)/python $(PIP_INSTALL) uv
	@touch $@

.venv-fhir/.done: requirements/fhir-server.txt
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or newer with venv found: install one, or name it with PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv-fhir
	.venv-fhir/bin/python $(PIP_INSTALL) $(PINNED) -r requirements/fhir-server.txt
	@touch $@

.venv-node/.done: requirements/assets.txt
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or newer with venv found: install one, or name it with PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv-node
	.venv-node/bin/python $(PIP_INSTALL) $(PINNED) -r requirements/assets.txt
	@touch $@

# The machine's npm where there is one, else the one of .venv-node. npm checks each file against package-lock.json.
cds_service/evidence_view/vendor/.done: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || $(MAKE) .venv-node/.done
	PATH="$$PATH:$(CURDIR)/.venv-node/bin" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	rm -rf cds_service/evidence_view/vendor && mkdir -p cds_service/evidence_view/vendor
	cp node_modules/echarts/dist/echarts.min.js cds_service/evidence_view/vendor/echarts.min.js
	cp node_modules/echarts/LICENSE cds_service/evidence_view/vendor/echarts.LICENSE
	cp node_modules/echarts/NOTICE cds_service/evidence_view/vendor/echarts.NOTICE
	@touch $@
