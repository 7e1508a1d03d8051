# make chat [DOCS=folder]   ask questions in the browser: of the shipped samples, or of your own documents
# make test                 what runs without network and browser, under two minutes
# make test-corpus          what takes long: every sample file of formats.tar.gz, README's examples, 10,000 answers
# make test-browser         the page in real Chromium
# make lint                 ruff, mypy, import-linter
# make clean | distclean    remove caches | the virtual environment as well
#
# PYTHON=python3.12 chooses the interpreter, PIP_FLAGS='…' is passed to pip, ARGS='…' to what the target runs.

VENV ?= .venv
PY := $(VENV)/bin/python
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
INSTALL = $(PY) -m pip install $(PIP_FLAGS) --disable-pip-version-check -c constraints.txt -e
export DOCS_GIVEN := $(value DOCS)

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help chat test test-corpus test-browser lint clean distclean

help:
	@sed -n 's/^# //p' Makefile

chat: $(VENV)/.chat-installed
ifeq ($(strip $(value DOCS)),)
	$(PY) app.py --samples $(ARGS)
else
	@docs=$$DOCS_GIVEN; case $$docs in '~/'*) docs=$$HOME/$${docs#??};; esac; \
	echo "$(PY) app.py $(ARGS) -- '$$docs'"; $(PY) app.py $(ARGS) -- "$$docs"
endif

# Two processes, each with whole files of tests: what a module sets up is set up once.
test: $(VENV)/.test-installed
	HF_HUB_OFFLINE=1 $(PY) -m pytest -n 2 --dist loadfile $(ARGS)

test-corpus: $(VENV)/.test-installed
	HF_HUB_OFFLINE=1 HYPOTHESIS_PROFILE=random $(PY) -m pytest -m "corpus or hypothesis" $(ARGS)

test-browser: $(VENV)/.test-installed
	chromium=$$(.ci/chromium) && HF_HUB_OFFLINE=1 CHROMIUM="$$chromium" $(PY) -m pytest -m browser $(ARGS)

# All four, so that one run shows everything.
lint: $(VENV)/.lint-installed
	@failed=; for check in "ruff check ." "ruff format --check ." mypy lint-imports; do \
		echo "$$check"; $(VENV)/bin/$$check || failed="$$failed [$$check]"; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; name one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.chat-installed: pyproject.toml constraints.txt | $(PY)
	@echo "Installing into $(VENV): about 2 GB the first time, so this takes some minutes."
	$(INSTALL) '.[model,llm]'
	@touch $@

# What the chat needs comes first, so that both stamps are fresh.
$(VENV)/.test-installed: pyproject.toml constraints.txt $(VENV)/.chat-installed
	$(INSTALL) '.[model,llm,evaluate,test]'
	@touch $@

# mypy needs the libraries' types, the tests' among them.
$(VENV)/.lint-installed: pyproject.toml constraints.txt $(VENV)/.test-installed
	$(INSTALL) '.[model,llm,evaluate,test,lint]'
	@touch $@

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .grimp_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
