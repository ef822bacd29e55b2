# make run | test | bench | screenshot | clean. Each installs what it needs, once.

HOST ?= localhost
PORT ?= 8501
VENV := .venv
PYTHON := $(VENV)/bin/python
SUITABLE := import sys, venv; sys.exit(sys.version_info < (3, 11))

.PHONY: run test bench screenshot clean

run: $(VENV)/.runs
	$(PYTHON) -m streamlit run app.py --server.address $(HOST) --server.port $(PORT)

test: $(VENV)/.tests
	$(PYTHON) -m tests.browser.find_browser
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m pyright
	$(PYTHON) -m pytest -n 2 --dist loadfile

bench: $(VENV)/.tests
	$(PYTHON) -m tests.browser.find_browser
	$(PYTHON) -m benchmarks

screenshot: $(VENV)/.tests
	$(PYTHON) -m tests.browser.find_browser
	$(PYTHON) -m tests.browser.screenshot

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first of these that really starts (a version manager may leave names that do not).
$(PYTHON):
	@for python in python3.13 python3.12 python3.11 python3; do \
		if $$python -c '$(SUITABLE)' 2>/dev/null; then exec $$python -m venv $(VENV); fi; \
	done; echo "Python 3.11 or newer is needed" >&2; exit 1

# Without an NVIDIA driver, Linux takes PyTorch's CPU build, which is gigabytes smaller than the default one.
$(VENV)/.runs: requirements.txt | $(PYTHON)
	@if [ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null; then \
		$(PYTHON) -m pip install --quiet --no-deps --retries 0 --timeout 15 \
			--index-url https://download.pytorch.org/whl/cpu "$$(grep '^torch==' requirements.txt)" \
		|| echo "no CPU build of PyTorch from its own index: taking the default one"; \
	fi
	$(PYTHON) -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/.tests: requirements-dev.txt $(VENV)/.runs
	$(PYTHON) -m pip install --quiet -r requirements-dev.txt
	@touch $@
