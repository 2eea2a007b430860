# make app   sets itself up and opens the app with a sample clip loaded
# make test  sets itself up and runs every check
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: app test lint bench scoreboard screenshots samples docs clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP)

app: $(STAMP)
	$(BIN)/vqa app

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Debian's chromium, ffmpeg and espeak-ng are installed where they are missing and may be; tests that need an absent one are
# skipped and say so. Lint runs beside the tests, which leave a core idle at times, and fails them as well. The small
# scoreboard fails when a detector is worse than its recorded interval.
test: $(STAMP)
	$(MAKE) lint & lint=$$!; tests/system-packages.sh; \
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile && wait $$lint
	$(BIN)/python -m benchmarks.scoreboard --small --work build/small-board --jobs 2

bench: $(STAMP)
	$(BIN)/python -m benchmarks.performance

scoreboard: $(STAMP)
	$(BIN)/python -m benchmarks.scoreboard

screenshots: $(STAMP)
	$(BIN)/python docs/screenshots.py

samples: $(STAMP)
	$(BIN)/python sample_media/make.py

docs: $(STAMP)
	$(BIN)/python docs/make_detectors.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
