# The front door. `make` alone lists what there is; every target installs what it needs first,
# and does nothing quickly when there is nothing to do.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
# What a run without a terminal (a pipeline, a log) is given before it ends by itself.
RUN_MS ?= 8000

# Each configures when it has to and builds; a plain build directory re-configures by itself.
configure = test -f build/$(1)/build.ninja || cmake --preset $(1)
compile = $(call configure,$(1)) && cmake --build --preset $(1) --parallel $(JOBS)

.PHONY: help install build guests run test soak bench check check-asan check-tsan check-clang fuzz \
        format clean

help: ## This list
	@echo "Hermes: an engine for event-driven applications of WebAssembly components."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the engine: build/release/hermes
	@scripts/install build
	@$(call compile,release) --target hermes

run: ## Build everything the example needs, then run it: watch a component react to cron ticks
	@scripts/install build guest
	@$(call compile,release) --target hermes hermes_bindgen
	@scripts/build-guests heartbeat
	@scripts/run-example $(RUN_MS)

test: ## Build everything and run all tests
	@scripts/install build guest test
	@$(call compile,release)
	@scripts/build-guests all
	@ctest --preset release --parallel 2

soak: ## The long proofs, about an hour; NAMES="hostile overload" runs some. Writes build/soak.json
	@scripts/install build guest test
	@$(call compile,release)
	@scripts/build-guests all
	@scripts/soak $(NAMES)

bench: ## Measure; NAMES="event_cost scale_2" measures some. Writes build/bench.json
	@scripts/install build guest test bench
	@$(call compile,release)
	@scripts/build-guests all
	@scripts/bench-peers
	@bench/run $(NAMES)

check: ## Static checks: format, clang-tidy, clippy, headers, layers, scripts; a table at the end
	@scripts/install build guest test check
	@scripts/check

check-asan: ## All tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/check-preset asan $(JOBS)

check-tsan: ## All tests under ThreadSanitizer
	@scripts/check-preset tsan $(JOBS)

check-clang: ## All tests, built by clang 19
	@scripts/check-preset clang $(JOBS)

fuzz: ## Every fuzz target for FUZZ_SECONDS (60) each
	@scripts/install build fuzz
	@$(call compile,fuzz)
	@scripts/fuzz $(FUZZ_SECONDS)

format: ## Apply the formatting that `make check` asks for
	@scripts/install check
	@scripts/format

clean: ## Remove everything that was built
	rm -rf build
