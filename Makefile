# `make` lists what there is. Needs Rust, make and a C compiler.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | sort | awk -F'|' '{ printf "  %-9s %s\n", $$1, $$2 }'

.PHONY: demo
demo: chrome ## Play the demo shop's funnels: a good shop passes, a broken one fails
	$(CARGO) run --quiet --locked -- demo

.PHONY: test
test: components chrome libraries ## Format, lint and every test, the end-to-end ones included
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	CI=true $(CARGO) test --locked

.PHONY: ready
ready: test ## What CI runs, and what needs extra tools where they are installed
	@if command -v typos >/dev/null; then typos; else echo "skipped: typos is not installed"; fi
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny check; else echo "skipped: cargo-deny is not installed"; fi
	@if command -v hadolint >/dev/null; then hadolint Dockerfile; else echo "skipped: hadolint is not installed"; fi
	@if command -v check-jsonschema >/dev/null; then check-jsonschema --builtin-schema vendor.github-actions action.yml; else echo "skipped: check-jsonschema is not installed"; fi

.PHONY: soak
soak: ## Play the demo 200 times on a busy machine and count the results (THEME=good)
	$(CARGO) build --locked
	tests/soak.sh $(or $(THEME),good) $(or $(RUNS),200)

.PHONY: bench
bench: ## How fast requests are decoded, beside a peer, and their count of instructions
	$(CARGO) bench --locked --bench decode
	benches/instructions.sh

.PHONY: fuzz
fuzz: ## Fuzz every reader and the decoders (SECONDS_EACH=60; needs cargo-fuzz)
	@for target in $$($(CARGO) fuzz list); do $(CARGO) fuzz run -s none $$target -- -max_total_time=$(or $(SECONDS_EACH),60) -rss_limit_mb=2048 || exit 1; done

.PHONY: chrome
chrome: ## Find Chrome or install it
	@.ci/chrome

.PHONY: libraries
libraries: ## Fetch the vendors' libraries that the tests run
	@.ci/libraries

.PHONY: components
components:
	@$(CARGO) fmt --version >/dev/null 2>&1 || rustup component add rustfmt || { echo "rustfmt is missing; install it with: rustup component add rustfmt" >&2; exit 1; }
	@$(CARGO) clippy --version >/dev/null 2>&1 || rustup component add clippy || { echo "clippy is missing; install it with: rustup component add clippy" >&2; exit 1; }
