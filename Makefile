# Every task of the repository by name. `make help` lists them.

# rustup puts cargo there; a shell that was open before its installation does not know yet.
export PATH := $(HOME)/.cargo/bin:$(PATH)
# Where `demo` and `up` keep their data.
export HEARKEN_DATA ?= data
# Passed on to `hearken`, e.g. make demo ARGS="--for 60s --json".
ARGS ?=
# What the models are trained on; these texts are no part of the repository (docs/model-card.md).
LABELS ?= ../shared/data/sentiment/sentiment_train.jsonl.gz

RELEASE := target/release/hearken
# Languages whose rows make the models that ship; the Hindi rows are in Latin script, which is never read as Hindi.
MODEL_LANGUAGES := ar,de,en,es,fr,id,it,ko,pt,th,zh
PROGRAMS := hearken-cli hearken-ingest hearken-enrich hearken-sink hearken-alert hearken-embedded

.DEFAULT_GOAL := help
.PHONY: help setup build release demo up test test-to-e test-from-f faults fuzz lint sbom bench views boards deployment train clean-data

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing: compiler, Java, Rust, Kafka, the ClickHouse engine (NO_INSTALL=1 only names it)
	@deploy/local/setup.sh

build: setup ## build everything for development
	cargo build --workspace --all-targets

release: setup ## build the programs as they are run
	cargo build --release --bins $(addprefix -p ,$(PROGRAMS))

# exec: Ctrl-C and the exit code belong to hearken, with no shell between.
demo: release ## run the whole pipeline on this machine and watch feedback arrive (ARGS="--for 60s --json")
	@exec $(RELEASE) demo $(ARGS)

up: release ## the same without the feed: Kafka, ClickHouse and the services, until Ctrl-C
	@exec $(RELEASE) up $(ARGS)

# Everything first: the end-to-end tests start the programs. All targets, as the tests need them, so nothing is built twice.
test: setup ## run every test, on real engines
	cargo build --workspace --all-targets
	cargo test --workspace --doc --quiet
	@$(MAKE) --no-print-directory --jobs 2 test-to-e test-from-f

# Most tests wait for engines most of the time, so two halves run beside each other, split by the names of their files.
# A failure does not hide what comes after it.
test-to-e:
	cargo test --workspace --no-fail-fast --lib --bins --test '[a-e]*'

test-from-f:
	cargo test --workspace --no-fail-fast --test '[f-z]*'

# The short selection is part of `test`. One line a schedule; SEED=n repeats one.
SEEDS ?= 40
faults: setup ## run every fault the pipeline must survive, and SEEDS random schedules of them (SEEDS=40; SEED=n repeats one)
	cargo build --workspace --all-targets
	FAULTS=long SEEDS=$(SEEDS) cargo test -p hearken-tests --test faults -- --nocapture --test-threads 1

# All targets, or one: TARGET=normalize. Ten minutes each.
TARGET ?=
SECONDS ?= 600
fuzz: setup ## run the fuzz targets with libFuzzer, SECONDS each (TARGET=normalize; fuzz/README.md)
	@SECONDS_EACH=$(SECONDS) fuzz/run.sh $(TARGET)

lint: ## check format, lints and dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then \
		echo cargo deny check bans licenses sources; \
		cargo deny check bans licenses sources; \
	else \
		echo "cargo-deny is not installed: dependencies were not checked (cargo install cargo-deny --locked)"; \
	fi

sbom: ## write what each program is made of to target/sbom, as CycloneDX (needs cargo-cyclonedx)
	@deploy/sbom.sh

bench: setup ## measure the cores, and the enricher beside other libraries (benches/README.md)
	cargo bench -p hearken-benches
	@if command -v python3 >/dev/null; then python3 benches/peers.py; else echo "no python3: SnowNLP and VADER are not measured"; fi

boards: ## make the Grafana boards of their sources and check them against Grafana's own types (needs Node and npm)
	cd deploy/grafana && npm ci --no-audit --no-fund && npm run --silent build && npm test --silent

# Ten million rows take nine minutes and 5 GB below TMPDIR.
ROWS ?= 1000000
views: release ## fill a ClickHouse with ROWS feedback, time every view, compare with benches/budget.toml (ROWS=10000000)
	cargo run --release -p hearken-benches --bin views -- --rows $(ROWS) --check benches/budget.toml $(ARGS)

deployment: ## check deploy/ with the tools that read it: Helm, Compose, BuildKit, Kubernetes' types (needs Go, or says what it skipped)
	deploy/check.sh

train: release ## train the models that ship on LABELS; they are part of the next build
	$(RELEASE) train sentiment $(LABELS) --without nc --languages $(MODEL_LANGUAGES) --out enrich/models

clean-data: ## remove the data of demo and up
	@case "$(abspath $(HEARKEN_DATA))" in \
		/ | "$(HOME)" | "$(CURDIR)") echo "HEARKEN_DATA is $(HEARKEN_DATA): that is not removed" >&2; exit 2 ;; \
	esac
	rm -rf "$(HEARKEN_DATA)"
