# Every target makes what it needs below the project folder; nothing is installed anywhere else.

PYTHON ?= python3
DEMO_REPLICATIONS ?= 200
PYTEST = -m pytest -p no:cacheprovider --import-mode=importlib
CLEAN_PATH = PYTHONPATH= PYTHONDONTWRITEBYTECODE=1

.PHONY: demo test test-slow lint bench clean

demo: .venv/ready
	.venv/bin/hybridsim run scenarios/care-germany.toml -n $(DEMO_REPLICATIONS) -o runs/demo --force
	@echo "Open runs/demo/report.html in a browser."

test: .venv-test/ready lint
	$(CLEAN_PATH) .venv-test/bin/python $(PYTEST) -n 2

test-slow: .venv-test/ready
	$(CLEAN_PATH) .venv-test/bin/python $(PYTEST) -n 2 -m slow

lint: .venv-test/ready
	.venv-test/bin/ruff check --no-cache .
	.venv-test/bin/ruff format --no-cache --check .
	MYPYPATH=src .venv-test/bin/mypy --cache-dir=/dev/null

bench: .venv-test/ready
	.venv-test/bin/python -m benchmarks

clean:
	rm -rf .venv .venv-test dist

# Users install the project; tests run against the wheel that is built from the tree, not against src.
.venv/ready: pyproject.toml $(shell find src -type f -not -path '*/__pycache__/*')
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check .
	@touch $@

.venv-test/ready: .venv-test/tools $(shell find src -type f -not -path '*/__pycache__/*')
	rm -rf dist
	.venv-test/bin/python -m build --wheel --outdir dist .
	.venv-test/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall dist/*.whl
	@touch $@

.venv-test/tools: pyproject.toml
	$(PYTHON) -m venv .venv-test
	.venv-test/bin/python -m pip install --quiet --disable-pip-version-check build
	.venv-test/bin/python -m pip install --quiet --disable-pip-version-check ".[dev]"
	@touch $@
