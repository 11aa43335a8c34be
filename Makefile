# The one command interface. `make help` lists the targets.
SHELL := /bin/bash
export CARGO_TARGET_DIR ?= $(HOME)/.cache/portico/target
VENV ?= $(HOME)/.cache/portico/venv
export PORTICO_VENV := $(VENV)
# `make demo LANCE=1`, and so for run, test and lint: with tables of Lance, whose crates are many. The demo is
# not optimized then: that would take hours.
export LANCE
comma := ,
lance := $(if $(LANCE),$(comma)lance)

.PHONY: help setup demo run test fuzz lint audit bench clean-venv

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install what is missing: Debian packages, cargo tools, Python clients
	@scripts/setup.sh

demo: ## build and run Portico in front of a simulated HCP; LANCE=1 with tables of Lance
	@scripts/setup.sh build
	cargo run --quiet $(if $(LANCE),,--release) --features simulator$(lance) -- demo $(DEMO_ARGS)

run: ## build and run with CONF=conf/portico.toml
	cargo run --release $(if $(LANCE),--features lance) -- run --conf $(or $(CONF),conf/portico.toml)

test: setup ## everything, real clients included; LANCE=1 with tables of Lance
	@scripts/test.sh

fuzz: ## hostile inputs for TARGET=route (and others) during TIME=60 seconds
	@scripts/setup.sh build
	@scripts/fuzz.sh $(or $(TARGET),route) $(or $(TIME),60)

lint: setup ## formatting, clippy, dependency policy, shell and Python syntax
	@scripts/lint.sh

audit: ## known vulnerabilities in dependencies, where the advisory database is reachable
	cargo deny check advisories

bench: setup ## ratios: direct, nginx, Envoy, a bare engine, Portico; BENCH_ARGS=--full for all of it
	@bench/run.sh $(BENCH_ARGS)
