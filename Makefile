# Everything runs inside .venv; everything built goes under _build. Nothing changed: nothing done.
# `make help` lists the targets.

PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
BUILD    := _build
STAMPS   := $(BUILD)/stamps
WORK     := _build/work
READY    := $(VENV)/.ready

SOURCES  := $(wildcard src/claimatlas/*.py)
TABLES   := $(wildcard data/*.csv) data/datapackage.json
SEEDS    := $(wildcard seeds/*)
PAGES    := $(wildcard site/* site/*/* src/claimatlas/report/* src/claimatlas/report/*/*)
NAMES    := $(notdir $(wildcard notebooks/*.ipynb))
EXECUTED := $(NAMES:%=$(WORK)/executed/%)

.DEFAULT_GOAL := help
.PHONY: help site public test lab notebooks check dictionary browser probe bench lock clean
.DELETE_ON_ERROR:
.SUFFIXES:

help:  ## list what make can do here
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(READY): requirements.lock pyproject.toml
	@echo "Making $(VENV) from requirements.lock (about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

site: $(if $(CORPUS),$(READY),$(STAMPS)/site)  ## build the offline site; with CORPUS=DIR that of another corpus
	@$(if $(CORPUS),$(BIN)/claimatlas report "$$CORPUS",echo "Open $(BUILD)/html/index.html in a browser.")

$(STAMPS)/site: $(STAMPS)/check $(EXECUTED) $(PAGES) $(SOURCES)
	@echo "Building the site ..."
	@$(BIN)/python -m claimatlas.site build . site $(WORK)/executed $(BUILD)/html --work $(WORK)/site >/dev/null
	@mkdir -p $(STAMPS) && touch $@

public: $(STAMPS)/site  ## build the site without the articles' full text, quotes only, in _build/public
	@$(BIN)/python -m claimatlas.site build --quotes-only . site $(WORK)/executed $(BUILD)/public >/dev/null
	@echo "Open $(BUILD)/public/index.html in a browser."

$(WORK)/executed/%.ipynb: notebooks/%.ipynb $(STAMPS)/check
	@$(BIN)/python -m claimatlas.site execute $< $@ >/dev/null

check: $(STAMPS)/check  ## validate the tables, every fault in one go

$(STAMPS)/check: $(READY) $(TABLES) $(SEEDS) $(SOURCES)
	@$(BIN)/claimatlas check .
	@mkdir -p $(STAMPS) && touch $@

dictionary: $(READY)  ## write data/README.md from the schema and the codebook
	@$(BIN)/claimatlas dictionary .

notebooks: $(EXECUTED)  ## store the executed notebooks in notebooks/ (nothing else writes there)
	@for name in $(NAMES); do \
	  cmp -s $(WORK)/executed/$$name notebooks/$$name || \
	  { cp $(WORK)/executed/$$name notebooks/.$$name.part && mv notebooks/.$$name.part notebooks/$$name && \
	    touch -r notebooks/$$name $(WORK)/executed/$$name && echo "stored notebooks/$$name"; }; done

test: $(READY) site  ## run every test; browser tests are skipped loudly where there is no browser
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --nbval --nbval-current-env tests notebooks

probe: $(READY)  ## prove in a scratch copy that the tests notice what they should
	@$(BIN)/python tests/probe.py

bench: $(READY)  ## measure speed and scale, and record the results
	@for name in spine mechanism framing rendering corpora; do $(BIN)/python benchmarks/$$name.py; done

lab: $(READY)  ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab notebooks

browser:  ## install a browser for the browser tests (Debian, Ubuntu; needs root)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  { apt-get update -q && apt-get install -y -q chromium; }

lock:  ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --generate-hashes --universal --fork-strategy fewest \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 -o requirements.lock

clean:  ## remove everything built and the environment
	rm -rf $(BUILD) $(VENV)
