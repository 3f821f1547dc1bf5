# make lab     open your copy of the course in JupyterLab
# make test    run every test and every notebook
# make quick   the tests without notebooks, browser and grader, in about a minute
# make hub     the tests on a JupyterHub, which also need npm's configurable-http-proxy
# make site    write every lesson as a page and as slides into site/
# make bench   measure this machine, beside nothing else; BENCH=gpu, ablation or scale, and options
# Each makes .venv the first time, which takes a few minutes: torch is large. For that first time:
#   TORCH=cpu  take PyTorch's build without CUDA, which saves about 4.5 GB on Linux
#   PINNED=1   take the versions of the last green run, if a newer one breaks the course
# make constraints writes those versions down.

PYTHON ?= python3
VENV ?= .venv
BENCH ?= cpu

# torch's threads spin for each other beside any other busy process: up to thirty times as slow.
export GOMP_SPINCOUNT ?= 1000

PIP = $(VENV)/bin/python -m pip install --disable-pip-version-check \
  $(if $(filter cpu,$(TORCH)),--extra-index-url https://download.pytorch.org/whl/cpu) \
  $(if $(PINNED),--constraint constraints.txt)
PYTEST = OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n 2 --dist loadscope

.PHONY: lab test quick hub lint site bench constraints
lab: $(VENV)/ready
	@$(VENV)/bin/python -m cnnlab lab

test: lint $(VENV)/colab/ready
	$(PYTEST)

quick: lint
	$(PYTEST) -m "not slow" cnnlab tests

hub: $(VENV)/ready-to-test
	$(PIP) -e ".[hub]"
	CNNLAB_SKIP_NOTHING=1 $(PYTEST) -m hub tests/homework

lint: $(VENV)/ready-to-test
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m ruff format --check .
	$(VENV)/bin/python -m mypy

site: $(VENV)/ready
	@$(VENV)/bin/python -m cnnlab site

bench: $(VENV)/ready
	@$(VENV)/bin/python -m cnnlab bench $(BENCH)

# Without the CUDA libraries, which not every machine has, and local versions such as 2.14+cpu.
constraints: $(VENV)/ready-to-test
	@{ echo "# Versions of the last green run: $$($(VENV)/bin/python -V), $$(uname -sm), $$(date +%F)"; \
	  $(VENV)/bin/python -m pip freeze --exclude-editable | grep -v " @ " | sed 's/+.*//' | \
	  grep -Ev '^(nvidia|cuda|triton)'; } > constraints.txt

# Colab's own versions of what a lesson meets there, for the tests marked `colab`.
$(VENV)/colab/ready: tests/colab/requirements.txt tests/colab/pip-freeze.txt $(VENV)/ready
	rm -rf $(VENV)/colab && mkdir $(VENV)/colab
	$(VENV)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps \
	  --target $(VENV)/colab -r tests/colab/requirements.txt --constraint tests/colab/pip-freeze.txt
	@touch $@

REFUSE = import platform, sys; sys.exit( \
  "The course needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" \
  if sys.version_info < (3, 11) else \
  "There is no current torch for this Python, which is made for Intel Macs. See README.md for a way \
  without. On a Mac with a chip by Apple, take a Python for it: make PYTHON=/path/to/python3" \
  if (sys.platform, platform.machine()) == ("darwin", "x86_64") else 0)

# `ready` is written last: without it, what an interrupted install left behind is made anew.
$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c '$(REFUSE)'
	@test -e $@ || $(PYTHON) -m venv --clear $(VENV)
	$(PIP) -e ".[lab]"
	@touch $@

$(VENV)/ready-to-test: $(VENV)/ready
	$(PIP) -e ".[test]"
	@touch $@
