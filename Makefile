# Two commands are all a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: demo serve test chaos check format rules lock schema docs bench clean help

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.runtime web/dist/index.html ## from nothing to serving, with a demo county
	@$(PY) -m server demo

serve: $(VENV)/.runtime web/dist/index.html ## serve what DATABASE_URL or the data folder holds
	@$(PY) -m server serve

test: $(VENV)/.dev web/dist/index.html ## every test
	@$(PY) -m pytest -n 2 --dist worksteal $(ARGS)

chaos: $(VENV)/.dev ## the feed under faults for a quarter of an hour, and what must fail the same test
	@$(PY) -m tests.chaos all --minutes 12 $(ARGS)

check: $(VENV)/.dev ## format, lint, types, imports, schema drift, docs in sync
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy .
	$(VENV)/bin/lint-imports
	$(PY) -m server schema --check
	$(PY) -m server docs --check

format: $(VENV)/.dev ## format and mend what lint can mend
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

schema: $(VENV)/.runtime ## write schema/schema.graphql
	$(PY) -m server schema

docs: $(VENV)/.runtime ## write the generated parts of docs/
	$(PY) -m server docs

rules: $(VENV)/.dev ## the rule register, with the tests that prove each rule
	@$(PY) -m tests.rules

bench: $(VENV)/.dev ## our row in the bench of GraphQL servers that PEERS_DIR holds
	@$(PY) -m benchmarks.peers $(ARGS)

lock: $(VENV)/.dev ## pin every dependency by hash
	$(VENV)/bin/pip install -q uv
	$(VENV)/bin/uv pip compile -q --universal --generate-hashes --no-header pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile -q --universal --generate-hashes --no-header pyproject.toml --group dev -o requirements-dev.lock
	$(VENV)/bin/uv pip compile -q --universal --generate-hashes --no-header --group node -o requirements-node.lock

clean: ## remove what was built; the data folder stays
	rm -rf $(VENV) build web/dist web/node_modules

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Throughline needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(VENV)/bin/pip
	@echo "Installing the dependencies …"
	@$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the development dependencies …"
	@$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The explorer is built once, at set-up, with the machine's Node or, where there is none, with PyPI's.
EXPLORER := web/package.json web/package-lock.json web/.npmrc web/build.sh web/index.html web/vite.config.js
web/dist/index.html: $(VENV)/.runtime $(EXPLORER) $(wildcard web/src/*)
	@sh web/build.sh
