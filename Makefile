# make test   everything that proves it        make demo   try it on this machine
# make lint   ruff and mypy                    make bench  the README's table of figures
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CYCLES ?= 100

.PHONY: test lint demo bench faults node css catalogues lock clean

test: $(VENV)/dev node lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: $(VENV)/run
	$(BIN)/resguardo demo $(DEMO)

bench: $(VENV)/dev
	$(BIN)/python -m bench

faults: $(VENV)/dev
	$(BIN)/python -m tests.intake.killer --cycles $(CYCLES)
	$(BIN)/python -m tests.e2e.killer --cycles $(CYCLES)

# The suites that check against other programs say by name what they miss when this finds no npm.
node:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory tests/node/node_modules/.installed; \
	else echo "npm is missing: tests against Node.js will be skipped by name"; fi

tests/node/node_modules/.installed: tests/node/package-lock.json
	cd tests/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# The built style sheets are committed; this makes them again from their source.
css:
	$(MAKE) -C intake/style
	$(MAKE) -C reviewer_ui/style

catalogues: $(VENV)/dev
	$(BIN)/python -m tests.catalogues

# Pinned with hashes and without index addresses, so that any mirror serves.
LOCK := --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
lock: $(VENV)/dev
	$(BIN)/pip-compile $(LOCK) --extra postgresql --extra redis -o requirements.txt setup.cfg
	$(BIN)/pip-compile $(LOCK) --extra dev -c requirements.txt -o requirements-dev.txt setup.cfg

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: $(VENV)/bin/python requirements.txt setup.cfg
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/dev: $(VENV)/bin/python requirements-dev.txt setup.cfg
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@ $(VENV)/run

clean:
	rm -rf $(VENV) build *.egg-info tests/node/node_modules
