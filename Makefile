# Every command of the project. `make help` prints them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?=
HOME_DIR ?=
BASE ?= main

# A machine may trust a certificate authority of its own: uv must use the system's store to install at all.
export UV_SYSTEM_CERTS := 1
export UV_CUSTOM_COMPILE_COMMAND := make lock
# Keep import roots in one place: the repository itself, generated code, the client.
export PYTHONPATH := $(CURDIR):$(CURDIR)/gen/python:$(CURDIR)/clients/python
# Images for containers like to set it. Each of the many processes here would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE

UV := .uv/bin/uv
RUN := .venv/bin/python

.PHONY: help
help: ## Print this list
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

# --- environments ------------------------------------------------------------------------------------------------

.uv/.stamp:
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check uv
	touch $@

.venv/.stamp: requirements/dev.txt | .uv/.stamp
	$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	VIRTUAL_ENV=.venv $(UV) pip sync --quiet --require-hashes --compile-bytecode requirements/dev.txt
	printf '%s\n' "$(CURDIR)" "$(CURDIR)/gen/python" "$(CURDIR)/clients/python" > "$$(.venv/bin/python -c 'import site; print(site.getsitepackages()[0])')/doorstep.pth"
	printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m services.cli "$$@"\n' "$(CURDIR)" > .venv/bin/doorstep && chmod +x .venv/bin/doorstep
	touch $@

.venv-codegen/.stamp: requirements/codegen.txt requirements/protos.txt tools/third_party.py | .uv/.stamp
	$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv-codegen
	VIRTUAL_ENV=.venv-codegen $(UV) pip sync --quiet --require-hashes requirements/codegen.txt
	PIP=.uv/bin/pip .venv-codegen/bin/python tools/third_party.py
	touch $@

.PHONY: setup
setup: .venv/.stamp .venv-codegen/.stamp ## Build the environments (the other targets call it)

.PHONY: lock
lock: .uv/.stamp ## Resolve requirements/*.in again into hashed locks without addresses
	for name in runtime dev codegen; do \
	  $(UV) pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	    --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt || exit 1; done

.PHONY: clean
clean: ## Remove what was built (the data folder of `make up` stays)
	rm -rf .uv .venv .venv-codegen third_party .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- code generation ---------------------------------------------------------------------------------------------

.PHONY: gen
gen: .venv-codegen/.stamp ## Generate messages, stubs, descriptors, OpenAPI and client from proto/
	.venv-codegen/bin/buf format -w proto
	.venv-codegen/bin/python tools/generate.py

# --- run ---------------------------------------------------------------------------------------------------------

.PHONY: up
up: .venv/.stamp ## Run the whole suite here (PORT=8080 HOME_DIR=.doorstep)
	@exec $(RUN) -m services.cli up --tied $(if $(PORT),--port $(PORT)) $(if $(HOME_DIR),--home "$(HOME_DIR)")

.PHONY: demo
demo: .venv/.stamp ## Play the story of README against a running suite, or one that it starts (PORT, HOME_DIR)
	@$(RUN) -m services.cli demo $(if $(PORT),--port $(PORT)) $(if $(HOME_DIR),--home "$(HOME_DIR)")

# --- prove -------------------------------------------------------------------------------------------------------

.PHONY: check
check: setup ## Lint, format, compatibility, types, import rules, freshness of generated code
	.venv/bin/buf lint
	.venv/bin/buf format --diff --exit-code proto
	$(RUN) tools/breaking.py $(BASE)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv-codegen/bin/python tools/generate.py --check

.PHONY: fix
fix: setup ## Format and repair what can be repaired
	.venv/bin/buf format -w proto
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

TESTS = $(RUN) -m pytest -n 2 --dist loadgroup --reruns 1 --reruns-delay 1 -rR --durations 40

.PHONY: test
test: check ## Everything: make check, then all tests
	# A test that fails is run once more, and the summary says so: a machine shared with others delays what kills and races.
	$(TESTS)

.PHONY: cover
cover: setup ## All tests, and which lines they reach
	# Processes that tests start are counted too; what was killed while it wrote its count leaves a file behind.
	rm -f .coverage .coverage.*
	$(TESTS) --cov --cov-report=term:skip-covered; \
	  failed=$$?; rm -f .coverage.*; $(RUN) tools/covered.py; exit $$failed

.PHONY: faults
faults: setup ## The long forms of the fault and abuse tests (SHARE=0.3 for a share of them)
	DOORSTEP_FAULTS=$(or $(SHARE),long) $(RUN) -m pytest tests/faults tests/gateway/test_suite.py -n 0 --timeout 3600

.PHONY: bench
bench: setup ## Measure, and print a table of ratios against goals
	$(RUN) -m tests.benchmarks
