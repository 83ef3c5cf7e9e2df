SHELL := /bin/bash
BIN := .venv/bin
READY := .venv/.ready
FOR ?=
JSON ?=
DEMO := $(if $(FOR),--for $(FOR)) $(if $(JSON),--json)
ROOMS := contracts recommender producer streaming speed batch api reelstream bench scripts

LOCK := -q --universal --python-version 3.11 --generate-hashes --no-emit-find-links
export EXTRA := import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]])
NOT_SLIM := pyspark py4j pandas python-dateutil six tzdata

.DEFAULT_GOAL := help

help: ## Show what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(READY) ## Install everything into .venv (other targets do it when needed)

$(READY): requirements.lock requirements-java.lock requirements-redis.lock pyproject.toml
	@scripts/setup

demo: $(READY) ## Show the whole loop with real ratings; FOR=3m ends it, JSON=1 for scripts
	@$(BIN)/reelstream demo $(DEMO)

test: $(READY) ## Run all tests, on real Kafka, Spark, Redis and Chromium
	$(BIN)/pytest --durations=10

test-fast: $(READY) ## Run the tests that need no service, no Spark and no browser
	$(BIN)/pytest -m "not integration and not spark and not e2e"

test-compose: $(READY) ## Run the whole-loop test against docker-compose.yml; STANDINS=DIR pulls nothing
	@scripts/test-compose

check: lint types arch ## Run everything that looks at code without running it

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

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile $(LOCK) --extra dev pyproject.toml -o requirements.lock
	uv pip compile $(LOCK) -c requirements.lock pyproject.toml -o requirements-run.lock
	uv pip compile $(LOCK) -c requirements.lock $(NOT_SLIM:%=--no-emit-package %) pyproject.toml -o requirements-slim.lock
	for extra in java redis; do python3 -c "$$EXTRA" $$extra | uv pip compile $(LOCK) --no-deps - -o requirements-$$extra.lock; done

bench-start: $(READY) ## Measure the demo's start: seconds to page and first list, memory
	$(BIN)/python -m bench.start

bench-kills: $(READY) ## Kill a demo's processes twenty times, and check the counts
	$(BIN)/python -m bench.kills

bench-producer: $(READY) ## Measure what a replay costs, and how fast a release is sorted
	$(BIN)/python -m bench.producer

bench-resume: $(READY) ## Kill a replay two hundred times, and compare the topic with the file
	$(BIN)/python -m bench.resume

bench-streaming: $(READY) ## Measure streaming beside a bare consumer and beside the naive way
	$(BIN)/python -m bench.streaming

bench-streaming-kills: $(READY) ## Kill the streaming job a hundred times, and check log and buckets
	$(BIN)/python -m bench.streaming_kills

bench-speed-kills: $(READY) ## Kill and freeze speed workers, broker and Redis a hundred times, and check every list
	$(BIN)/python -m bench.speed_kills

bench-idle: $(READY) ## Measure an almost empty batch beside Spark's defaults
	$(BIN)/python -m bench.idle

bench-memory: $(READY) ## Measure for an hour what the streaming job holds
	$(BIN)/python -m bench.memory

bench-rebuild: $(READY) ## Time how a million ratings' buckets are written to Redis again
	$(BIN)/python -m bench.rebuild

bench-quality: $(READY) ## Judge models on ml-latest-small, beside other people's
	$(BIN)/python -m bench.quality

bench-als: $(READY) ## Measure ALS and top-N beside implicit and MLlib
	$(BIN)/python -m bench.als

bench-publish: $(READY) ## Measure what publishing costs beside redis-py, and what Redis holds meanwhile
	$(BIN)/python -m bench.publish

bench-storm: $(READY) ## Read a million times while versions are published, killed and rolled back
	$(BIN)/python -m bench.storm

bench-attempts: $(READY) ## Try two hundred times to publish what must not be
	$(BIN)/python -m bench.attempts

bench-poison: $(READY) ## Attack the ratings, with and without the screen
	$(BIN)/python -m bench.poison

bench-retrain: $(READY) ## Time retrains by their steps, on up to 20 million ratings
	$(BIN)/python -m bench.retrain

bench-engines: $(READY) ## Judge the lists of both engines
	$(BIN)/python -m bench.engines

bench-generate: $(READY) ## Measure how fast ten million ratings are made
	$(BIN)/python -m bench.generate

bench-folding: $(READY) ## Measure what a person's list costs the speed layer
	$(BIN)/python -m bench.folding

bench-freshness: $(READY) ## Measure how long a rating takes to be in its rater's list
	$(BIN)/python -m bench.freshness

bench-workers: $(READY) ## Measure how the speed layer grows with workers and partitions
	$(BIN)/python -m bench.workers

bench-following: $(READY) ## Measure how soon all lists follow an activation and a rollback
	$(BIN)/python -m bench.following

soak: bench-kills bench-resume bench-streaming-kills bench-speed-kills bench-rebuild bench-memory bench-storm bench-attempts ## Run the long forms of what the tests run short

scrubbed: ## Run the README's commands on a bare Debian (needs root and mmdebstrap)
	@scripts/scrubbed

clean: ## Remove the environment and the state of demos
	rm -rf .venv state

.PHONY: help setup demo test test-fast test-compose check lint types arch fmt lock bench-start bench-kills bench-producer bench-resume bench-streaming bench-streaming-kills bench-speed-kills bench-idle bench-memory bench-rebuild bench-quality bench-als bench-publish bench-storm bench-attempts bench-poison bench-retrain bench-engines bench-generate bench-folding bench-freshness bench-workers bench-following soak scrubbed clean
