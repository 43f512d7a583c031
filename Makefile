# make demo · make test · make check · make docs · make long · make conformance · make tasks · make bench · make bench-peers · make interop · make lab · make fuzz · make crash · make soak

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test long check docs conformance tasks bench bench-peers fuzz soak crash interop lab clean

unexport PYTHONDONTWRITEBYTECODE  # or each process that a test starts would compile everything anew

demo: $(VENV)/installed
	$(BIN)/gateway demo

test: $(VENV)/installed
	$(BIN)/pytest -n auto

long: $(VENV)/installed  # what takes long, and every property with more examples
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n auto -m 'long or hypothesis' --ignore=tests/fleet --ignore=tests/lab
	$(BIN)/pytest -n 0 -m 'long or hypothesis' tests/fleet  # gateways, workers and Redis by the dozen: one test at a time (the lab has `make lab`)

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/installed  # the documentation as a site, into site/; a link or an anchor that leads nowhere fails
	$(BIN)/python -m sphinx -q -W --keep-going --nitpicky --builder html docs site

conformance: $(VENV)/installed  # raw-socket cases that lie beside the project; skipped where they do not
	$(BIN)/python -m tests.conformance

tasks: $(VENV)/installed  # the tests once more, with a task for each exchange
	PASS_GATEWAY_SCHEDULING=tasks $(BIN)/pytest -n auto

bench: $(VENV)/installed
	$(BIN)/python -m tests.bench

bench-peers: $(VENV)/installed  # beside nginx, Go, HAProxy, talkback and others, into docs/performance.md; QUICK=1 prints a first look
	$(BIN)/python -m tests.bench.peers $(if $(QUICK),--quick)

fuzz: $(VENV)/installed
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -n auto tests/core/test_redaction.py tests/core/test_codings.py tests/core/secrets tests/core/redactors
	HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -n auto -m 'long or not long' tests/core/test_patterns.py tests/test_longest_step.py tests/cassettes/converters

soak: $(VENV)/installed  # ten minutes of good and hostile traffic
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),10)

crash: $(VENV)/installed
	CRASHES=200 $(BIN)/pytest -n auto -m long tests/test_crash.py

interop: $(VENV)/installed  # the real tools, in environments of their own under .venv-interop
	$(BIN)/python -m tests.interop

lab: $(VENV)/installed  # devices in network namespaces; skipped, with the reason, where the machine does not allow them
	$(BIN)/pytest -n 0 -rs -m long tests/lab

clean:
	rm -rf $(VENV) .venv-interop site .pytest_cache .mypy_cache .ruff_cache

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
