# Each target is the only command needed: it makes .venv, installs into it, fetches what is missing, and runs.

BIN := .venv/bin
SERVERS := pg-15 pg-18 mariadb-10.11 mysql-9.7
JOBS ?= auto
COVERED ?= sqlite,pg-15,pg-18,mariadb-10.11,mariadb-11.8,mysql-9.7

.PHONY: help demo test check lint bench servers picture reference coverage packs environment clean

help:
	@echo 'make demo      the whole story on a realistic shop schema, in a temporary folder'
	@echo 'make test      every test, on every server that this machine can run (fetches them)'
	@echo 'make check     the fast tier: lint, types, import contracts, and the tests that need no server'
	@echo 'make lint      ruff, mypy --strict and the import contracts'
	@echo 'make bench     the benchmarks'
	@echo 'make servers   fetch the database servers and client programs that the tests use'
	@echo 'make picture   play the demo and draw docs/demo.svg'
	@echo 'make reference write the tables of docs/schema-yaml.md from the code'
	@echo 'make coverage  plan every change of the recipes on every server, and write docs/zero-downtime-coverage.md'
	@echo 'make packs     learn every server, and write what ships with sqlx into templates/knowledge'
	@echo 'make clean     delete .venv, caches and build results'

demo: environment
	@$(BIN)/sqlx demo

test: environment servers lint
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m 'not bench' $(PYTEST_OPTIONS)

check: environment lint
	@SQLX_TEST_SERVERS=sqlite $(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup -m 'not bench and not slow'

lint: environment
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: environment servers
	@$(BIN)/python -m pytest -m bench -p no:randomly -s

# A server that cannot be had is not the end: its tests are skipped, and the test run says so.
servers: environment
	@echo "database servers are kept in $$($(BIN)/python tests/servers/servers.py home), nothing is installed"
	@for one in $(SERVERS) pgclient-18; do \
		$(BIN)/python tests/servers/servers.py get $${one%-*} $${one##*-} >/dev/null || echo "NOT here: $$one (its tests will be skipped)"; \
	done

picture: environment
	@$(BIN)/python -m tests.cli.picture

reference: environment
	@$(BIN)/python -m sqlx_cli.reference docs/schema-yaml.md

# Which changes make nobody wait, on tables that are said to have very many rows: an hour or so.
coverage: environment servers
	@mkdir -p .build/coverage
	@SQLX_COVERAGE=.build/coverage SQLX_TEST_SERVERS=$(COVERED) $(BIN)/python -m pytest tests/recipes/test_coverage.py -p no:randomly

packs: environment
	@mkdir -p templates/knowledge
	@$(BIN)/python -m tests.learning.packs templates/knowledge

environment:
	@.ci/environment

clean:
	rm -rf .venv build dist .build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find kernel sqlx_cli tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "kept: the fetched servers under $${SQLX_SERVERS:-the cache folder that 'make servers' names}"
