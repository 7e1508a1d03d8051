# make chat [DOCS=folder]   ask questions in the browser: of the samples, or of your own documents
# make test                 the tests that need neither network nor browser, under two minutes
# make test-corpus          slow tests: all sample files, README's examples, the wheel in an empty environment
# make test-browser         the page in Chromium
# make lint                 ruff, mypy, import-linter, complexity, length of files; Biome for the JavaScript
# make docs                 the documentation as web pages, in build/docs
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
.PHONY: help chat test test-corpus test-browser lint docs clean distclean

help:
	@sed -n '/^$$/q;s/^# //p' Makefile

chat: $(VENV)/.chat-installed
ifeq ($(strip $(value DOCS)),)
	$(PY) app.py --samples $(ARGS)
else
	@docs=$$DOCS_GIVEN; case $$docs in '~/'*) docs=$$HOME/$${docs#??};; esac; \
	echo "$(PY) app.py $(ARGS) -- '$$docs'"; $(PY) app.py $(ARGS) -- "$$docs"
endif

# Two processes, each with whole files of tests: what a module sets up is set up once. With bytecode, because many tests
# start processes.
test: $(VENV)/.test-installed
	PYTHONDONTWRITEBYTECODE= HF_HUB_OFFLINE=1 $(PY) -m pytest -n 2 --dist loadfile $(ARGS)

test-corpus: $(VENV)/.test-installed
	HF_HUB_OFFLINE=1 HYPOTHESIS_PROFILE=random $(PY) -m pytest -n 2 --dist loadfile -m "corpus or hypothesis" $(ARGS)

test-browser: $(VENV)/.test-installed
	chromium=$$(.ci/chromium) && HF_HUB_OFFLINE=1 CHROMIUM="$$chromium" $(PY) -m pytest -m browser $(ARGS)

# All of them, so that one run shows everything. Node.js comes from a Python package.
NPM := PATH="$(abspath $(VENV))/bin:$$PATH" npm
COMPLEXITY := flake8 --isolated --select R701 --radon-max-cc 15 qa embeddings app.py
lint: $(VENV)/.lint-installed node_modules/.installed
	@failed=; for check in "ruff check ." "ruff format --check ." mypy lint-imports "$(COMPLEXITY)"; do \
		echo "$$check"; $(VENV)/bin/$$check || failed="$$failed [$$check]"; \
	done; \
	.ci/long-files || failed="$$failed [.ci/long-files]"; \
	echo "npm run lint"; $(NPM) run --silent lint || failed="$$failed [npm run lint]"; \
	test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

# Needs no network: fonts and scripts are part of the pages.
docs: $(VENV)/.docs-installed
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --site-dir build/docs

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; name one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.chat-installed: pyproject.toml constraints.txt | $(PY)
	@echo "Installing into $(VENV): about 2 GB the first time, so this takes some minutes."
	$(INSTALL) '.[all]'
	@touch $@

# What the chat needs comes first, so that both stamps are fresh.
$(VENV)/.test-installed: pyproject.toml constraints.txt $(VENV)/.chat-installed
	$(INSTALL) '.[all,test]'
	@touch $@

# mypy needs the libraries' types, the tests' among them.
$(VENV)/.lint-installed: pyproject.toml constraints.txt $(VENV)/.test-installed
	$(INSTALL) '.[all,test,lint]'
	@touch $@

node_modules/.installed: package.json package-lock.json $(VENV)/.lint-installed
	$(NPM) ci --no-progress
	@touch $@

$(VENV)/.docs-installed: pyproject.toml constraints.txt $(VENV)/.chat-installed
	$(INSTALL) '.[all,docs]'
	@touch $@

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .grimp_cache .hypothesis node_modules
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
