# What a newcomer needs is `make demo` and `make test`; `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= us-east-1
BIN := .venv/bin
DATA ?= $(STANDPOINT_DATA)

.PHONY: help demo setup test check lint unit slow e2e e2e-few local local-down soak faults mutants fuzz checkov audit coldstart pictures bench evaluate train validate build clean

help: ## this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/base: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -e .
	touch $@

.venv/dev: .venv/base
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet -e '.[train,aws,dev]'
	touch $@

.venv-sam/done:
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/pip install --quiet aws-sam-cli==1.170.0
	touch $@

# Lambda's Python, for the tests that cross the process boundary; where there is none they skip and say so.
PYTHON313 ?= $(shell for p in python3.13 $$HOME/.pyenv/versions/3.13*/bin/python3.13; do "$$p" -c '' 2>/dev/null && { echo "$$p"; break; }; done)
.venv-lambda/done:
	@if [ -n "$(PYTHON313)" ]; then $(PYTHON313) -m venv .venv-lambda \
	  && .venv-lambda/bin/pip install --quiet awslambdaric==4.2.2 boto3==1.44.8; \
	else mkdir -p .venv-lambda; echo "no python3.13: the tests behind the Runtime Interface Emulator will be skipped"; fi
	touch $@

# MiniStack runs a function with its own interpreter, and the package is for Lambda's: python3.13, or no local stack.
.venv-local/done:
	@if [ -n "$(PYTHON313)" ]; then $(PYTHON313) -m venv .venv-local \
	  && .venv-local/bin/pip install --quiet ministack==1.5.33 aws-sam-translator==1.115.0 PyYAML==6.0.4; \
	else mkdir -p .venv-local; echo "no python3.13: there is no local stack here"; fi
	touch $@

local: build .venv-local/done ## the whole template on this machine, without Docker; says how to upload
	@test -x .venv-local/bin/python || { echo "make local needs python3.13, Lambda's Python" >&2; exit 1; }
	@.venv-local/bin/python tools/local_stack.py up

local-down: ## stop it; .local/ keeps its state
	@.venv-local/bin/python tools/local_stack.py down

e2e: .venv/dev .venv-local/done build ## 300 uploads through a stack of its own, with all that goes wrong
	$(BIN)/python -m pytest tests/e2e -x -s --durations=0

e2e-few: .venv/dev .venv-local/done build ## the same with 60 uploads, as `make test` runs it
	E2E_UPLOADS=60 $(BIN)/python -m pytest tests/e2e -x -s

soak: .venv/dev .venv-local/done ## 20,000 articles through the handler: memory, speed, losses
	$(BIN)/python -m tests.e2e.soak --articles $(or $(ARTICLES),20000)
	$(BIN)/python -m tests.e2e.soak --articles $(or $(MODEL_ARTICLES),500) --model

demo: .venv/base ## classify the sample articles, print and open what was found
	mkdir -p build
	$(BIN)/standpoint classify events/articles
	@$(BIN)/standpoint classify events/articles --html build/demo.html --overwrite
	@$(BIN)/python -m webbrowser -t "file://$(CURDIR)/build/demo.html" >/dev/null 2>&1 || true
	@echo "The same as a page: build/demo.html"

# Setting up is mostly downloads and unpacking, so side by side; the tests measure time and memory, so one after another.
setup: .venv/dev .venv-sam/done .venv-lambda/done .venv-local/done .venv-audit/done

test: ## everything: checks, tests, template, package, process boundary, the deployed stack
	$(MAKE) --jobs=3 setup
	$(MAKE) check validate slow e2e-few

check: lint unit ## ruff, mypy strict, unit tests

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: .venv/dev
	$(BIN)/python -m pytest tests/unit

slow: .venv/dev .venv-sam/done .venv-lambda/done ## functions against moto, the built package, the process boundary, the page
	$(BIN)/python -m pytest tests/functions tests/slow tests/browser -s

faults: .venv/dev .venv-sam/done .venv-lambda/done ## the table of faults, row by row: what must come of each, and what did
	$(BIN)/python -m pytest tests -m fault

mutants: .venv/dev ## take the faults' guards out, one by one: a test must fail each time (half an hour)
	$(BIN)/python tools/mutants.py

SECONDS_OF_FUZZ ?= 600
.venv-fuzz/done: pyproject.toml
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/pip install --quiet atheris==3.0.0 hypothesis pytest -e '.[aws]'
	touch $@

fuzz: .venv/dev .venv-fuzz/done ## the decoders and random interleavings, for long; SECONDS_OF_FUZZ=600 for each decoder
	$(BIN)/python -m pytest tests/unit/test_fuzz.py tests/functions/test_interleavings.py --hypothesis-profile=fuzz
	PYTHONPATH=. .venv-fuzz/bin/python tools/fuzz.py articles build/fuzz/articles -max_total_time=$(SECONDS_OF_FUZZ) -max_len=20000
	PYTHONPATH=. .venv-fuzz/bin/python tools/fuzz.py events build/fuzz/events -max_total_time=$(SECONDS_OF_FUZZ) -max_len=8000

validate: .venv/dev .venv-sam/done checkov ## the template, by four checkers
	.venv-sam/bin/sam validate
	.venv-sam/bin/sam validate --lint
	$(BIN)/cfn-lint template.yaml key.yaml

.venv-audit/done:
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet checkov==3.3.30 pip-audit==2.10.1
	touch $@

checkov: .venv-audit/done ## the template by checkov's rules; .checkov.yaml says which are skipped, and why
	.venv-audit/bin/checkov

audit: .venv/dev checkov ## known vulnerabilities in what is packed and in what is installed here, pins and hashes, checkov
	$(BIN)/python -m tools.audit

coldstart: .venv/dev .venv-lambda/done build ## start, warm readings and peak memory of the built package, by memory size
	$(BIN)/python -m tools.coldstart

build: .venv-sam/done ## the Lambda package
	.venv-sam/bin/sam build

pictures: .venv/dev ## the README's, from the sample articles, in headless Chromium
	$(BIN)/python -m tools.screenshots

bench: .venv/dev ## speed: medians on this machine, and the sizes of a reading's items: what functions/cli/measured.toml holds
	$(BIN)/python -m model.cli.bench
	$(BIN)/python -m tools.measure_items
	$(BIN)/python -m tools.explore_bench --stances 100000
	$(BIN)/python -m tools.query_cost --articles 100

evaluate: .venv/dev ## accuracy; DATA=folder of the data sets adds those that are not in the repository
	$(BIN)/standpoint evaluate $(if $(DATA),--data $(DATA))

train: .venv/dev ## the shipped weights anew, into runs/shipped
	$(BIN)/standpoint train model/train/configs/shipped.toml --data $(DATA) --output runs/shipped

clean: ## what was built; not the environments
	rm -rf build .aws-sam .pytest_cache .mypy_cache .ruff_cache
