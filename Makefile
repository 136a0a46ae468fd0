# What most people need. Each target makes its own environments under .venv and .nox; 'nox -l' lists all tasks.
PYTHON ?= python3
BIN = .venv/bin
PREFIX ?= $(HOME)/.local
EXTRA ?=
CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "dualvariant needs Python 3.10 or newer; PYTHON=… names one")'
.DEFAULT_GOAL = help

help:
	@echo "make install install dualvariant for this user; EXTRA='[build]' adds what package authors need"
	@echo "make demo    build the example's variants, install the best one, compare with plain pip"
	@echo "make test    lint, type-check, build the wheels and test what was built"
	@echo "make checks  lint and type-check alone"
	@echo "make quick   lint, type-check and test vocabulary and structure, in less than a minute"
	@echo "make docs    build the documentation; warnings are errors"
	@echo "make bench   measure the figures against named peers"
	@echo "make clean   remove what these have made"

# An environment of its own below PREFIX, and a link to the command in PREFIX/bin. One that another Python has made is
# made again.
BASE = -c 'import sys; print(sys.base_prefix, sys.version)'
install:
	@$(CHECK_PYTHON)
	@test "$$("$(PREFIX)/share/dualvariant/bin/python" $(BASE) 2>&1)" = "$$($(PYTHON) $(BASE))" \
	    || $(PYTHON) -m venv --clear "$(PREFIX)/share/dualvariant"
	@"$(PREFIX)/share/dualvariant/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade ".$(EXTRA)"
	@mkdir -p "$(PREFIX)/bin"
	@ln -sf "$(PREFIX)/share/dualvariant/bin/dualvariant" "$(PREFIX)/bin/dualvariant"
	@echo "installed $(PREFIX)/bin/dualvariant"

.venv/ready: pyproject.toml
	@$(CHECK_PYTHON)
	@echo "making the environment .venv ($(PYTHON)) with nox in it"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'nox[uv]>=2024.4.15'
	@touch $@

checks: .venv/ready
	@$(BIN)/nox --session lint types

# Some sessions run beside the tests of dualvariant, which do not keep all cores busy while they compile, install or wait.
BESIDE = payload $(if $(strip $(DUALVARIANT_PYTHONS)),elsewhere)
test: checks
	@mkdir -p build
	@echo "running $(BESIDE) beside the tests of dualvariant; its output, build/beside.log, comes last"
	@$(BIN)/nox --session $(BESIDE) >build/beside.log 2>&1 & beside=$$!; trap 'kill $$beside 2>/dev/null' EXIT; \
	    code=0; $(BIN)/nox --session unit || code=$$?; \
	    wait $$beside || code=$$?; cat build/beside.log; exit $$code

demo docs bench quick: .venv/ready
	@$(BIN)/nox --session $@

clean:
	rm -rf .venv .nox .coverage build dist demo docs/_build

.PHONY: help install demo checks test quick docs bench clean
