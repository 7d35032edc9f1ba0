# Everything lands in the checkout or in the cache folder (HEADGATE_CACHE moves it). Second runs
# reuse what the first made. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUILD ?= build
BUILD_TYPE ?= RelWithDebInfo
JOBS ?= $(shell nproc)
CCACHE_DIR ?= $(or $(HEADGATE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/headgate)/ccache
# Paths count from the checkout, so that a clone elsewhere finds what this one compiled.
CCACHE_BASEDIR := $(CURDIR)
CCACHE_NOHASHDIR := 1
export BUILD JOBS CCACHE_DIR CCACHE_BASEDIR CCACHE_NOHASHDIR

# The container image and the one-node cluster are tested as root only.
FULL := $(if $(QUICK),,$(filter 0,$(shell id -u)))

# $(call configure,CMAKE FLAGS): quiet unless it fails.
define configure
@mkdir -p $(BUILD)
@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=$(BUILD_TYPE) \
	-DHEADGATE_WERROR=$(if $(WERROR),ON,OFF) $(1) > $(BUILD)/configure.log 2>&1 \
	|| { cat $(BUILD)/configure.log >&2; exit 1; }
endef

.PHONY: help build run test test-matrix sanitize bench tools lint generate kubernetes clean tests-configured

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## The program, at build/headgate
	@tools/install-packages build
	$(call configure,$(if $(wildcard $(BUILD)/CMakeCache.txt),,-DHEADGATE_TESTS=OFF))
	@cmake --build $(BUILD) -j $(JOBS) --target headgate

run: build ## The samples kept true on a private nats-server (SERVER=URL: on that one); Ctrl-C ends it
	@$(if $(SERVER),,tools/build-tools run)
	@tools/run

test: tests-configured ## Every test, with real servers (QUICK=1: no image, no one-node cluster)
	@$(if $(FULL),tools/install-packages image node,:)
	@cmake --build $(BUILD) -j $(JOBS)
	@tools/build-tools test $(if $(FULL),node)
	@tools/test

test-matrix: tests-configured ## Every line of nats-server since 2.9; writes docs/compatibility.md
	@cmake --build $(BUILD) -j $(JOBS) --target headgate_matrix_test
	@tools/build-tools matrix
	@HEADGATE_MATRIX=write $(BUILD)/tests/matrix/headgate_matrix_test

sanitize: ## Unit and contract tests and 500 objects end to end, with sanitizers; in build-asan, build-tsan
	@tools/install-packages build test
	@tools/build-tools test
	@tools/sanitize

bench: tests-configured ## Figures on real servers beside the floor; writes docs/performance.md (BENCH='--help')
	@cmake --build $(BUILD) -j $(JOBS) --target headgate_bench
	@tools/build-tools test
	@$(BUILD)/bench/headgate_bench --json $(BUILD)/performance.json $(if $(findstring --page,$(BENCH)),,--page docs/performance.md) $(BENCH)

tools: ## The pinned test servers, built into the cache folder
	@tools/install-packages build
	@tools/build-tools test $(if $(FULL),node)

lint: tests-configured ## Formats, shell scripts, clang-tidy on what changed (CI=true: on everything)
	@tools/install-packages lint
	@tools/lint

generate: build ## crds/, docs/reference/, the chart's copy and manifests/install.yaml, from the tables
	@$(BUILD)/headgate crds --dir crds --reference docs/reference
	@mkdir -p charts/headgate/files/crds && cp crds/*.yaml charts/headgate/files/crds/
	@tools/build-tools test
	@tools/render-install

kubernetes: build ## A local API server, etcd and nats-server with the operator in it; Ctrl-C ends it
	@tools/install-packages test
	@tools/build-tools test
	@tools/kubernetes

clean: ## Removes the build folder; the cache folder stays
	@rm -rf $(BUILD)

tests-configured:
	@tools/install-packages build test
	$(call configure,-DHEADGATE_TESTS=ON)
