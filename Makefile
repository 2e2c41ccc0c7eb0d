# Each target is one call into tools/, which needs nothing but a Python 3.
PYTHON ?= python3
ONLY ?=
SERIES ?=
SECONDS ?= 60
# `make demo FRESH=1` starts without an organisation.
FRESH ?=
SEED ?= 1
# `make test SERIES=18.0 ODOO=/its/sources PYTHON=/its/bin/python`: PYTHON is then the
# interpreter of that Odoo, and the tools run in python3 all the same.
ODOO ?=
# `make matrix ODOOS=/folder/of/odoos`: below it one folder of sources a series.
ODOOS ?=
TOOLS := $(if $(ODOO),python3,$(PYTHON)) -m tools
ifneq ($(ODOO),)
export ODOO PYTHON
endif
export SERIES

.PHONY: help demo setup test smoke chaos matrix lint bench docs screens addons clean

help:
	@$(TOOLS) --help

demo:
	@$(TOOLS) demo --fresh "$(FRESH)"

setup:
	@$(TOOLS) setup

test:
	@$(TOOLS) test --only "$(ONLY)"

smoke:
	@$(TOOLS) smoke --only "$(ONLY)"

chaos:
	@$(TOOLS) chaos --seconds "$(SECONDS)" --seed "$(SEED)"

matrix:
	@$(TOOLS) matrix "$(ODOOS)" --only "$(ONLY)"

lint:
	@$(TOOLS) lint

bench:
	@$(TOOLS) bench --only "$(ONLY)"

docs:
	@$(TOOLS) docs

screens:
	@$(TOOLS) screens --only "$(ONLY)"

addons:
	@$(TOOLS) addons --series "$(SERIES)" --zip

clean:
	@$(TOOLS) clean
