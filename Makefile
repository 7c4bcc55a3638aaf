# Each target makes what it needs: a bare machine has make and python3 >= 3.11.
# `make help` lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
BENCH := .venv-bench/bin
READY := .venv/.ready
BENCH_READY := .venv-bench/.ready
STOCKPYL_READY := .venv-stockpyl/.ready
# Test processes; tests that share the broker stay together (xdist_group "kafka").
WORKERS ?= 2
# More arguments for pytest, such as ARGS="-k replay".
ARGS ?=

# The public instances, where they lie beside the checkout (see benchmarks/README.md).
ifneq ($(wildcard ../shared/data),)
export MILLSTREAM_DATA ?= $(abspath ../shared/data)
endif

# pip older than 25.1 cannot read a dependency group, so Python does.
DEV_GROUP = $(PYTHON) -c 'import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")'

.PHONY: help setup demo test test-fast check lint fmt types contracts reference
.PHONY: kernels bench-setup bench bench-smoke soak wheel clean test-needs

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | \
		awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY)  ## the environment in .venv, every version pinned

# hatchling builds the editable install; installed here, its version is pinned too.
$(READY): pyproject.toml constraints.txt
	.ci/venv $(PYTHON) .venv
	$(DEV_GROUP) > .venv/dev.txt
	$(BIN)/python -m pip install -q -c constraints.txt hatchling editables -r .venv/dev.txt
	$(BIN)/python -m pip install -q -c constraints.txt --no-build-isolation -e .
	touch $@

# Compiled kernels that are older than what they were compiled from.
kernels:
	.ci/kernels

demo: $(READY) kernels  ## play the example network; report in out/demo, log in examples/log
	rm -rf out/demo
	$(BIN)/millstream demo --out out/demo
	ln -sfn ../out/demo/log examples/log

# What only the tests need from the system; missing parts are installed where apt-get may.
# The broker itself comes through Maven, once, when the first test asks for it.
# So does axe-core, which finds faults of accessibility, through npm.
test-needs: $(READY)
	.ci/debian java=default-jre-headless mvn=maven openssl=openssl chromium=chromium npm=npm
	@fc-list :lang=zh 2>/dev/null | grep -q . || .ci/debian --missing fonts-wqy-microhei

ifdef CI
test: bench-setup
endif
test: test-needs kernels  ## every test and every doctest
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup $(ARGS)

test-fast: $(READY) kernels  ## the tests under 1 s each, without broker and browser
	$(BIN)/python -m pytest -q -m "not slow and not kafka and not browser" $(ARGS)

check: lint types contracts bench-setup test bench-smoke wheel  ## all of what must hold

lint: $(READY)  ## format and lint, changing nothing
	$(BIN)/ruff format --check
	$(BIN)/ruff check

fmt: $(READY)  ## format, mend what can be mended, renew docs/reference.md
	$(BIN)/ruff check --fix-only -q
	$(BIN)/ruff format
	$(BIN)/python docs/update_reference.py

reference: $(READY)  ## renew docs/reference.md
	$(BIN)/python docs/update_reference.py

types: $(READY)  ## mypy --strict
	$(BIN)/mypy

contracts: $(READY)  ## who may import whom
	$(BIN)/lint-imports

bench-setup: $(BENCH_READY) $(STOCKPYL_READY)  ## the product and its peers, resolved together, in .venv-bench

$(BENCH_READY): pyproject.toml constraints.txt benchmarks/requirements.txt
	.ci/venv $(PYTHON) .venv-bench
	# A peer comes as source and is built with what is here.
	$(BENCH)/python -m pip install -q -c constraints.txt hatchling editables setuptools
	$(BENCH)/python -m pip install -q -c constraints.txt --no-build-isolation \
		-e . -r benchmarks/requirements.txt
	touch $@

# stockpyl needs numpy 1; it runs as a process of its own, in turns with us.
$(STOCKPYL_READY): benchmarks/requirements-stockpyl.txt
	.ci/venv $(PYTHON) .venv-stockpyl
	.venv-stockpyl/bin/python -m pip install -q -r $<
	touch $@

bench: bench-setup kernels  ## every benchmark in full; the records land in out/bench
	mkdir -p out/bench
	names=$$($(BENCH)/python -m benchmarks --list --names); for name in $$names; do \
		$(BENCH)/python -m benchmarks $$name --json out/bench/$$name.json \
			--compare benchmarks/baseline.json; done

bench-smoke: bench-setup kernels  ## every benchmark in its quick form, against the stored ratios
	names=$$($(BENCH)/python -m benchmarks --list --names); for name in $$names; do \
		$(BENCH)/python -m benchmarks $$name --quick \
			--compare benchmarks/baseline.json; done

soak: bench-setup kernels  ## the long runs, kept out of `make bench`
	names=$$($(BENCH)/python -m benchmarks --list --names --soak); for name in $$names; do \
		$(BENCH)/python -m benchmarks $$name; done
	MILLSTREAM_FUZZ_INPUTS=1000000 $(BIN)/python -m pytest -q \
		tests/streams/_kernels/test_records.py -k mutated

wheel: $(READY)  ## the wheel, in dist/
	$(BIN)/python -m build --wheel --no-isolation -o dist . > /dev/null
	ls dist/*.whl

clean:  ## remove what was built, the environments too
	rm -rf .venv .venv-bench .venv-stockpyl build dist out .cache *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
