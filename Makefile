SHELL := /bin/bash
BIN := .venv/bin
READY := .venv/.ready
FOR ?=
JSON ?=
NAME ?=
DEMO := $(if $(FOR),--for $(FOR)) $(if $(JSON),--json)
ROOMS := contracts event_log kafka_clients movielens redis_store recommender \
	producer streaming speed batch api reelstream harness bench scripts

LOCK := -q --universal --python-version 3.11 --generate-hashes --no-emit-find-links
export EXTRA := import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]])
SOAK := demo_kills replay_kills streaming_kills speed_kills outages trend_rebuild streaming_memory publish_under_reads forbidden_publishes honest_retrains gate_curve growth_search
NOT_SLIM := pyspark py4j pandas python-dateutil six tzdata optuna alembic colorlog mako markupsafe packaging pyyaml sqlalchemy tqdm

.DEFAULT_GOAL := help

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(READY) ## Install everything into .venv (other targets do it when needed)

$(READY): locks/dev.lock locks/java.lock locks/redis.lock pyproject.toml
	@scripts/setup

demo: $(READY) ## Run the whole loop with real ratings; FOR=3m limits it, JSON=1 for scripts
	@$(BIN)/reelstream demo $(DEMO)

test: $(READY) ## Run all tests, on real Kafka, Spark, Redis and Chromium; in two processes
	$(BIN)/pytest -n 2 --no-loadscope-reorder --durations=10

test-fast: $(READY) ## Run the quick tests that need no service, no Spark and no browser
	$(BIN)/pytest -n 2 -m "not (integration or spark or e2e or slow)" --hypothesis-profile=fast

test-compose: $(READY) ## Run the whole-loop test against docker-compose.yml; STANDINS=DIR pulls nothing
	@scripts/test-compose

check: lint types arch ## Run the linters, the type checker and the import rules

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy $(ROOMS) tests

arch: $(READY)
	$(BIN)/lint-imports

fmt: $(READY) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Resolve the dependencies again (needs uv)
	uv pip compile $(LOCK) --extra dev pyproject.toml -o locks/dev.lock
	uv pip compile $(LOCK) -c locks/dev.lock pyproject.toml -o locks/run.lock
	uv pip compile $(LOCK) -c locks/dev.lock $(NOT_SLIM:%=--no-emit-package %) pyproject.toml -o locks/slim.lock
	for extra in java redis; do python3 -c "$$EXTRA" $$extra | uv pip compile $(LOCK) --no-deps - -o locks/$$extra.lock; done
	python3 -c "$$EXTRA" docs | uv pip compile $(LOCK) - -o locks/docs.lock
	python3 -c "$$EXTRA" deep | uv pip compile $(LOCK) -c locks/dev.lock - -o locks/deep.lock

bench: $(READY) ## Run a benchmark: NAME=outages, or NAME="outages --quick"; without NAME, list them
	@$(if $(NAME),$(BIN)/python -m bench.$(NAME),for file in $$(grep -l typer.run bench/*.py bench/*/__main__.py); \
	do printf '  %-16s %s\n' "$$(basename $${file%/__main__.py} .py)" "$$(sed -n '1s/"""//gp' $$file)"; done)

soak: $(READY) ## Run the long versions of the kill, outage and rebuild tests
	@set -e; for name in $(SOAK); do echo "bench.$$name"; $(BIN)/python -m bench.$$name; done

docs: $(READY) build/mkdocs/.ready ## Fill the generated parts of docs/, and build its site in build/site
	$(BIN)/python -m scripts.docs
	build/mkdocs/bin/mkdocs build --quiet --strict --site-dir build/site

build/mkdocs/.ready: locks/docs.lock
	$(BIN)/python -m venv --clear build/mkdocs
	build/mkdocs/bin/pip install --quiet --no-deps --require-hashes -r locks/docs.lock
	@touch $@

bare-machine: ## Run the README's commands on a bare Debian (needs root and mmdebstrap)
	@scripts/bare-machine

clean: ## Remove the environment and the state of demos
	rm -rf .venv state

.PHONY: help setup demo test test-fast test-compose check lint types arch fmt lock bench soak docs bare-machine clean
