# What a newcomer needs is `make demo` and `make test`; `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= us-east-1
BIN := .venv/bin
DATA ?= $(STANDPOINT_DATA)

.PHONY: help demo test check lint unit slow bench evaluate train validate build clean checkov audit coldstart

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

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

demo: .venv/base ## classify the sample articles, print and open what was found
	mkdir -p build
	$(BIN)/standpoint classify events/articles
	@$(BIN)/standpoint classify events/articles --html build/demo.html --overwrite
	@$(BIN)/python -m webbrowser -t "file://$(CURDIR)/build/demo.html" >/dev/null 2>&1 || true
	@echo "The same as a page: build/demo.html"

test: check validate slow ## everything: checks, tests, template, package, process boundary

check: lint unit ## ruff, mypy strict, unit tests

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: .venv/dev
	$(BIN)/python -m pytest tests/unit

slow: .venv/dev .venv-sam/done .venv-lambda/done ## functions against moto, the built package, the process boundary
	$(BIN)/python -m pytest tests/functions tests/slow -s

validate: .venv/dev .venv-sam/done ## the template, by three checkers
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

bench: .venv/base ## speed: medians on this machine
	$(BIN)/python -m model.cli.bench

evaluate: .venv/dev ## accuracy; DATA=folder of the data sets adds those that are not in the repository
	$(BIN)/standpoint evaluate $(if $(DATA),--data $(DATA))

train: .venv/dev ## the shipped weights anew, into runs/shipped
	$(BIN)/standpoint train model/train/configs/shipped.toml --data $(DATA) --output runs/shipped

clean: ## what was built; not the environments
	rm -rf build .aws-sam .pytest_cache .mypy_cache .ruff_cache
