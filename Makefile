# Two commands are all a newcomer needs: make demo, make test. Both begin with a fresh environment.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
PROXY := $(VENV)/node/node_modules/.bin/configurable-http-proxy

export TF_CPP_MIN_LOG_LEVEL = 3
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test verify lab hub build health bench clean

$(INSTALLED): setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(INSTALLED)  ## a class of students, graded: marks, reasons, feedback
	rm -rf demo
	$(BIN)/autograder demo demo --students 24 --seed 1
	$(BIN)/autograder grade --course demo --json demo/report.json --expect demo/expected.json; \
	marks=$$?; $(BIN)/autograder feedback --course demo && exit $$marks

test: $(INSTALLED)  ## style, staleness, every test, the exercises' health as they are graded
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/autograder build --check
	sh tests/requirements.sh $(abspath $(VENV))
	$(BIN)/pytest -m 'not slow' -n 4 --dist loadfile
	$(BIN)/autograder health --no-mutants --ways apart

verify: $(INSTALLED)  ## the slower proofs as well: both ways of judging, all mutants, plain nbgrader
	sh tests/requirements.sh $(abspath $(VENV))
	$(BIN)/pytest
	$(BIN)/autograder health --equivalents

build: $(INSTALLED)  ## masters and messages -> notebooks and catalogues
	$(BIN)/autograder build

health: $(INSTALLED)
	$(BIN)/autograder health

bench: $(INSTALLED)  ## BENCH="--submissions 24": the engine beside nbgrader's own and otter-grader, checks, streaming statistics
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks.checks
	$(BIN)/python -m benchmarks.statistics
	$(BIN)/python -m benchmarks.widgets
	$(BIN)/python -m benchmarks.grading $(BENCH)

lab: $(INSTALLED)  ## the released notebooks in JupyterLab
	$(BIN)/jupyter lab assignments

$(PROXY): $(INSTALLED)
	sh course/hub/install_proxy.sh $(abspath $(VENV))

hub: $(PROXY)  ## as root: JupyterHub on loopback, with an instructor and two students
	$(BIN)/python -m course.hub demo

clean:
	rm -rf $(VENV) demo *.egg-info
