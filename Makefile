# Two commands set everything up on a bare machine with Python >= 3.11, make and git:
#   make demo   the main job: a small class from release to marks, with the real nbgrader
#   make test   the project's tests; make test-quick: an answer within three minutes
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# nbgrader calls programs of the environment by name (alembic).
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test test-quick test-nbgrader check audit lint docs bench develop clean help
.DELETE_ON_ERROR:

help:
	@echo "make demo     a small class from release to marks, with the real nbgrader commands"
	@echo "make test     lint, type checks, the course's own check, and all tests"
	@echo "make test-quick  lint, and the tests that need no sandbox with Keras"
	@echo "make test-nbgrader  nbgrader's own tests, under stock settings and under this course's; takes long"
	@echo "make check    only the course's own check (autograder check)"
	@echo "make audit    do the hidden checks catch wrong edits of the solutions, and keep right ones?"
	@echo "make lint     only Ruff, import-linter and mypy"
	@echo "make docs     the documentation as a site, without a network: build/site/index.html"
	@echo "make bench    all benchmarks, hours on full data; a trial in minutes: make bench BENCH=--quick"
	@echo "make develop  an editable install, for working on the package"
	@echo "make clean    remove what these commands made"

# Any Python from 3.11 on will do; look for one where python3 is older.
$(BIN)/python:
	@set -e; for python in $(PYTHON) python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "== creating $(VENV) with $$($$python --version)"; \
	    exec $$python -m venv $(VENV); \
	  fi; \
	done; echo "Python 3.11 or newer is needed. Found none: install it, or name it: make PYTHON=..." >&2; exit 1

# Everything at the pinned version with the pinned hash, and nothing else.
$(VENV)/.constraints: constraints.txt | $(BIN)/python
	@echo "== installing the pinned packages (some minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints.txt
	@touch $@

# The package is installed as its users get it: from the wheel.
SOURCES := $(shell find autograder exercises -type f -not -name '*.pyc' -not -path '*/.*' 2>/dev/null)
$(VENV)/.wheel: $(VENV)/.constraints pyproject.toml README.md $(SOURCES)
	@echo "== building and installing the wheel"
	@rm -rf dist build/wheel
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall dist/*.whl
	@rm -f $(VENV)/.develop; touch $@

demo: $(VENV)/.wheel
	@$(BIN)/autograder data --fetch || echo "== going on with the bundled samples"
	@$(BIN)/python demo

# Two processes take files in turn, in the order of tests/conftest.py: the longest first.
TWO := -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.wheel lint
	@$(BIN)/autograder check
	@$(BIN)/pytest tests $(TWO) --durations=60 --durations-min=5

# What waits for Keras in a sandbox, for nbgrader or for a cluster is left out.
test-quick: $(VENV)/.wheel lint
	@$(BIN)/pytest tests -m "not slow" $(TWO)

# Exit 1 where one passes under stock settings alone, and docs/nbgrader.md gives no reason.
test-nbgrader: $(VENV)/.wheel
	@$(BIN)/python benchmarks/nbgrader_suites.py

check: $(VENV)/.wheel
	@$(BIN)/autograder check

# Sharp enough for each exercise's own floor, and fair; some minutes the first time.
audit: $(VENV)/.wheel
	@$(BIN)/autograder audit --fail-under

lint: $(VENV)/.wheel
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --verbose 2>/dev/null | tail -n 12 || $(BIN)/lint-imports
	@$(BIN)/mypy autograder

# MkDocs over README, docs/ and the reference; a link that leads nowhere fails.
docs: $(VENV)/.constraints
	@$(BIN)/python docs/website.py

# The class goes last: it takes hours. One that fails keeps none of the others from running.
BENCHMARKS := cold exercises watch boxes scaling regrade memory gpu serve nbgrader_suites class_page class_scale
bench: $(VENV)/.wheel
	@failed=; for name in $(BENCHMARKS); do \
	  echo "== benchmarks/$$name.py $(BENCH)"; \
	  $(BIN)/python benchmarks/$$name.py $(BENCH) || failed="$$failed $$name"; \
	done; test -z "$$failed" || { echo "Failed:$$failed" >&2; exit 1; }

develop: $(VENV)/.constraints
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.wheel; touch $(VENV)/.develop

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
