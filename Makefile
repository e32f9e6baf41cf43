# `make` lists what there is. Needs Rust, make and a C compiler.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | sort | awk -F'|' '{ printf "  %-8s %s\n", $$1, $$2 }'

.PHONY: demo
demo: chrome ## Play the demo shop's funnels: a good shop passes, a broken one fails
	$(CARGO) run --quiet --locked -- demo

.PHONY: test
test: components chrome ## Format, lint and every test, the end-to-end ones included
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	CI=true $(CARGO) test --locked

.PHONY: ready
ready: test ## What CI runs, and what needs extra tools where they are installed
	@if command -v typos >/dev/null; then typos; else echo "skipped: typos is not installed"; fi
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny check; else echo "skipped: cargo-deny is not installed"; fi

.PHONY: soak
soak: ## Play the demo 200 times on a busy machine and count the results (THEME=good)
	$(CARGO) build --locked
	tests/soak.sh $(or $(THEME),good) $(or $(RUNS),200)

.PHONY: chrome
chrome: ## Find Chrome or install it
	@.ci/chrome

.PHONY: components
components:
	@$(CARGO) fmt --version >/dev/null 2>&1 || rustup component add rustfmt || { echo "rustfmt is missing; install it with: rustup component add rustfmt" >&2; exit 1; }
	@$(CARGO) clippy --version >/dev/null 2>&1 || rustup component add clippy || { echo "clippy is missing; install it with: rustup component add clippy" >&2; exit 1; }
