# Two commands: `make run` serves the two bundled articles in the browser, `make test` checks everything.
# Both make what they need first and remember it; a second run costs nothing.
#
#   make run                     on port 7860; `make run PORT=8000` for another
#   make run TORCH_INDEX=<url>   takes torch from the package index at <url>, for instance a CPU-only wheel

PYTHON ?= python3
PORT ?= 7860
LIBRARY ?= library
TORCH_INDEX ?=

VENV := .venv
PY := $(VENV)/bin/python
ROOMS := corpus index qa ui
CODE := $(ROOMS) tests $(wildcard benchmarks)
INSTALL := PYTHON="$(PYTHON)" TORCH_INDEX="$(TORCH_INDEX)" sh tools/setup.sh
# The same on every machine: nothing is looked up at run time, nothing is sent anywhere.
export HF_HUB_OFFLINE := 1
export GRADIO_ANALYTICS_ENABLED := False

.DEFAULT_GOAL := help
.PHONY: help run test check lint types bench example clean
.DELETE_ON_ERROR:

help:
	@echo "make run     install, make the library of the two articles, serve it on http://127.0.0.1:$(PORT)"
	@echo "make test    install, all checks and all tests"
	@echo "make check   linter and type checkers only"
	@echo "make bench   measures answer quality, time, memory and what damage does"
	@echo "make example renews docs/example-report and the pictures"
	@echo "make clean   removes what was made, but not the library"

run: $(VENV)/.ready
	$(VENV)/bin/quoth --library "$(LIBRARY)" add corpus/texts
	exec $(VENV)/bin/quoth --library "$(LIBRARY)" serve --port "$(PORT)"

test: check $(VENV)/.browser
	$(PY) -Im pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

check: lint types

lint: $(VENV)/.ready-for-tests
	$(PY) -Im ruff check .

types: $(VENV)/.ready-for-tests build/typing/quoth
	$(PY) -Im mypy $(CODE)
	$(PY) -Im pyright --pythonpath $(PY) $(CODE)

bench: $(VENV)/.ready-for-benchmarks
	$(PY) -m benchmarks.run
	$(PY) -m benchmarks.performance
	$(PY) -m benchmarks.reliability
	$(PY) benchmarks/list_measures.py

# Answers name the file they are from: the texts are put where no machine's own folders show in them.
EXAMPLE := /tmp/articles

example: $(VENV)/.browser
	rm -rf $(EXAMPLE) build/example docs/example-report
	cp -R corpus/texts $(EXAMPLE)
	$(VENV)/bin/quoth --library build/example add $(EXAMPLE)
	$(VENV)/bin/quoth --library build/example evaluate tests/data/articles.jsonl --out docs/example-report
	$(PY) -I tests/take_pictures.py

clean:
	rm -rf build dist *.egg-info $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: pyproject.toml requirements/run.txt tools/setup.sh
	$(INSTALL) run
	@touch $@

$(VENV)/.ready-for-tests: pyproject.toml requirements/test.txt tools/setup.sh
	$(INSTALL) test
	@touch $@ $(VENV)/.ready

$(VENV)/.ready-for-benchmarks: pyproject.toml requirements/test.txt tools/setup.sh
	$(INSTALL) bench
	@touch $@ $(VENV)/.ready-for-tests $(VENV)/.ready

$(VENV)/.browser: tools/setup.sh $(VENV)/.ready-for-tests
	sh tools/setup.sh browser
	@touch $@

# Type checkers read the folders as the packages they become; each link points back at a room.
build/typing/quoth:
	mkdir -p $@
	for room in $(ROOMS); do ln -sfn "../../../$$room" "$@/$$room"; done
