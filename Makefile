# On a machine with only Python >= 3.11, git and make, `make demo` and `make test` each do all they need.

BIN := .venv/bin
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/doorward-corpus
ROWS ?= bench/out/rows.jsonl
TABLES := docs/benchmarks
STAMP := .venv/.set-up
JOBS ?= 2
PYTEST_LOG ?= /dev/null

.PHONY: help setup lock demo test check reference picture docs clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

setup: $(STAMP) ## Make .venv with everything in it, and .venv/bin/doorward

$(STAMP): pyproject.toml uv.lock .ci/requirements.txt .ci/setup
	@.ci/setup
	@touch $@

lock: ## Write uv.lock and .ci/requirements.txt anew from pyproject.toml (needs uv)
	uv lock
	uv export --quiet --frozen --all-extras --all-groups --no-emit-project --no-header \
		--output-file .ci/requirements.txt >/dev/null

demo: $(STAMP) ## Inspect a real update, then the same one with something inert in it
	@$(BIN)/python demo/inspect_demo.py

test: $(STAMP) ## Run all tests
	@.ci/packages
	@{ $(BIN)/pytest -q -n $(JOBS) $(TESTS); echo $$? > .venv/.pytest-code; } 2>&1 | tee $(PYTEST_LOG); \
	exit $$(cat .venv/.pytest-code)

check: $(STAMP) ## Lint, types, the rules of the house, and the documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n $(JOBS) tests/house tests/docs

corpus: $(STAMP) ## Fetch the pinned corpus, compare its neighbours, fit the weights (hours)
	@mkdir -p bench/out
	$(BIN)/python bench/corpus/fetch.py --cache $(CACHE)
	$(BIN)/python bench/corpus/run.py --cache $(CACHE) --out $(ROWS) --jobs $(JOBS)
	$(BIN)/python bench/corpus/fit.py $(ROWS)

bench: $(STAMP) ## Measure false alarms, detection, speed and growth into docs/benchmarks, after `make corpus`
	@.ci/packages
	@test -f $(ROWS) || { echo "bench: $(ROWS) is not there: run make corpus first" >&2; exit 2; }
	@mkdir -p $(TABLES)
	$(BIN)/python bench/inspect/false_alarms.py $(ROWS) --out $(TABLES)/false-alarms-table.md
	$(BIN)/python bench/inspect/detection.py --half report --write-docs
	$(BIN)/python bench/inspect/speed.py --write-docs
	$(BIN)/python bench/inspect/growth.py --write-docs
	$(BIN)/python docs/generate.py

reference: $(STAMP) ## Write docs/reference anew from the program
	$(BIN)/python docs/generate.py

picture: $(STAMP) ## Take the README's picture of the report that `make demo` wrote
	$(BIN)/python docs/picture.py

docs: $(STAMP) ## Build the documentation site into site/
	$(BIN)/mkdocs build --quiet --strict

clean: ## Remove what the other targets made, but not .venv
	rm -rf site bench/out .doorward-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
