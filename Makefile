# Two commands: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two processes with one thread each: faster than one with two. What Python compiles is kept, also
# where that is turned off: pytest rewrites all of napari's modules, in each process anew otherwise.
# Files go to the processes in their order: by default long ones with few tests would come last.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 xvfb-run -a -s "-screen 0 1400x900x24" $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test

demo: $(VENV)/installed
	$(BIN)/homolog demo

test: $(VENV)/developed $(VENV)/display
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/npe2 validate napari.yaml
	$(BIN)/zensical build --clean --strict
	QT_API=pyqt6 PYTEST_QT_API=pyqt6 $(PYTEST) --cov --cov-report=
	QT_API=pyside6 PYTEST_QT_API=pyside6 $(PYTEST) tests/plugin --ignore tests/plugin/test_one_pipeline.py
	$(BIN)/coverage report --fail-under=90

# torch goes first and alone: the others would pull another version with gigabytes of GPU libraries.
$(VENV)/torch:
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) torch==2.13.0
	touch $@

$(VENV)/installed: $(VENV)/torch pyproject.toml constraints.txt hatch_build.py
	$(INSTALL) --editable .
	touch $@

$(VENV)/developed: $(VENV)/torch pyproject.toml constraints.txt hatch_build.py
	$(INSTALL) --editable ".[dev]"
	touch $@ $(VENV)/installed

$(VENV)/display:
	.ci/display
	touch $@
