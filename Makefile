# make lab     open your copy of the course in JupyterLab
# make test    run every test and every notebook
# make site    write every lesson as a page and as slides into site/
# make bench   measure this machine, beside nothing else; BENCH=gpu, ablation or scale, and options
# Each makes .venv the first time, which takes a few minutes: torch is large.

PYTHON ?= python3
VENV ?= .venv
BENCH ?= cpu

.PHONY: lab test site bench
lab: $(VENV)/ready
	@$(VENV)/bin/python -m cnnlab lab

test: $(VENV)/ready-to-test
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m ruff format --check .
	$(VENV)/bin/python -m pytest

site: $(VENV)/ready
	@$(VENV)/bin/python -m cnnlab site

bench: $(VENV)/ready
	@$(VENV)/bin/python -m cnnlab bench $(BENCH)

# `ready` is written last: without it, what an interrupted install left behind is made anew.
$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "The course needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -e $@ || $(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --disable-pip-version-check -e .
	@touch $@

$(VENV)/ready-to-test: $(VENV)/ready
	$(VENV)/bin/python -m pip install --disable-pip-version-check -e ".[test]"
	@touch $@
