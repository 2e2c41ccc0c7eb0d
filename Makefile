# Each target is one call into tools/, which needs nothing but a Python 3.
PYTHON ?= python3
ONLY ?=
SERIES ?=

.PHONY: help demo setup test smoke lint bench screens addons clean

help:
	@$(PYTHON) -m tools --help

demo:
	@$(PYTHON) -m tools demo

setup:
	@$(PYTHON) -m tools setup

test:
	@$(PYTHON) -m tools test --only "$(ONLY)"

smoke:
	@$(PYTHON) -m tools smoke --only "$(ONLY)"

lint:
	@$(PYTHON) -m tools lint

bench:
	@$(PYTHON) -m tools bench --only "$(ONLY)"

screens:
	@$(PYTHON) -m tools screens --only "$(ONLY)"

addons:
	@$(PYTHON) -m tools addons --series "$(SERIES)" --zip

clean:
	@$(PYTHON) -m tools clean
