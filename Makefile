# The only entry point: people and CI call the same targets.
CARGO ?= cargo
PYTHON ?= python3
TARGET ?= $(shell rustc -vV | sed -n 's/^host: //p')
FLAGS := CARGO_TARGET_$(shell rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')_RUSTFLAGS
STATIC := $(FLAGS)="-C target-feature=+crt-static"
# The agent runs in every pod: "Sizing" in docs/operate.md has what these are worth. The layout goes by v0 names.
LEAN := $(FLAGS)="-C target-feature=+crt-static -C relocation-model=static -C symbol-mangling-version=v0"
LAST := -C llvm-args=-enable-machine-outliner=always -C link-arg=-Wl,-T,agent/layout.ld
# Rust brings its own linker for this target (from 1.90 on), which can make one of equal functions.
ifeq ($(TARGET),x86_64-unknown-linux-gnu)
LAST += -C link-arg=-Wl,--icf=all
endif
AGENT := target/$(TARGET)/dist-agent/coffret-agent

.DEFAULT_GOAL := help
.PHONY: help demo test unit admission chart examples hvac pods cluster lint bench soak dist image clean $(AGENT)

help: ## show the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1	/' | expand -t 10

demo: ## the whole way in one command: annotations, webhook, agent, files
	@$(CARGO) build --quiet -p coffret-cli -p coffret-agent
	@target/debug/coffret demo

test: unit admission chart examples hvac pods cluster ## every test ring there is; what this machine cannot run is skipped loudly

unit: ## Rust tests of all crates: units, golden files, in-process, processes
	$(CARGO) build --workspace --bins
	$(CARGO) test --workspace

admission: ## the golden pods, validated strictly for the oldest and newest Kubernetes
	tests/admission/run

chart: ## the Helm chart, rendered with Helm's own code and validated
	tests/chart/run

examples: ## every directory of examples/, as local processes
	tests/examples/run

hvac: ## the dev server, driven by another project's client
	$(CARGO) build -p coffret-cli
	tests/hvac/run

pods: ## patched pods in podman, seen from inside
	tests/pods/run

cluster: ## the pages of docs/ to the letter and every example, on the cluster that COFFRET_TEST_KUBECONFIG names
	tests/cluster/run

bench: $(AGENT) ## the measured budgets: the agent as it ships, templates, leases of the dev server, the webhook under load
	COFFRET_AGENT=$(CURDIR)/$(AGENT) $(CARGO) bench -p coffret-agent --bench budgets
	$(CARGO) bench -p coffret-templates --bench render
	$(CARGO) bench -p coffret-devserver --bench leases
	$(CARGO) bench -p coffret-injector

soak: ## one agent through weeks of short leases at a thousand times the speed, for MINUTES=30
	$(CARGO) bench -p coffret-agent --bench soak -- --minutes $(or $(MINUTES),30)

image: dist ## container images from the static binaries, with podman, buildah or docker
	images/build

lint: ## formatting, clippy, dependency policy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check bans licenses sources; \
	else echo "SKIPPED: cargo-deny is not installed (cargo install cargo-deny)"; fi

dist: $(AGENT) ## what ships: static, stripped binaries in dist/
	$(STATIC) $(CARGO) build --profile dist --target $(TARGET) -p coffret-injector -p coffret-cli
	@mkdir -p dist
	cp $(AGENT) target/$(TARGET)/dist/coffret-injector target/$(TARGET)/dist/coffret dist/
	@ls -l dist

$(AGENT):
	$(LEAN) $(CARGO) rustc --profile dist-agent --target $(TARGET) -p coffret-agent --bin coffret-agent -- $(LAST)

clean: ## remove what was built
	$(CARGO) clean
	rm -rf dist .venv
