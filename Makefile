# Everything one does with narthex while working on it. `make` alone says what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup check lint types test again packages bench serve docs lock

PYTHON := .venv/bin/python
# The profile without deadlines and with the same examples every time: a busy machine fails nothing.
PYTEST := $(PYTHON) -m pytest --hypothesis-profile=ci --numprocesses auto
SLOW := clients or faults or postgresql or ceph or fuzz
SERVERS := postgresql nats-server redis-server
CLIENTS := awscli chromium curl firefox-esr haproxy iproute2 nginx-light rclone s3cmd webkit2gtk-driver xvfb
CEPH := ceph-common ceph-mgr ceph-mon ceph-osd radosgw
PEERS := wrk

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## make .venv from the lock, with narthex itself installed in it
	@scripts/environment .venv requirements/development.txt
	@test -x .venv/bin/narthex || $(PYTHON) -m pip install --quiet --no-deps --no-build-isolation --editable .

lint: setup
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types: setup
	$(PYTHON) -m mypy

check: lint types ## format, lint, types, fast tests: under a minute
	$(PYTEST) --quiet -m "not ($(SLOW))"

packages: setup
	@scripts/packages $(SERVERS) $(CLIENTS) $(CEPH)
	@scripts/environment .venv/aws-v1 requirements/aws-v1.txt

test: packages lint types ## install what the tests need, Debian packages included, and run them all
	$(PYTEST) --quiet --cov --cov-report=term

again: lint types ## run alone, once more, what failed in the last run of the tests
	@scripts/again

bench: packages ## measure narthex and its peers side by side
	@scripts/packages $(PEERS)
	@scripts/environment .venv requirements/bench.txt
	$(PYTHON) -m bench

serve: setup ## a throw-away server that prints its key pair
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	  .venv/bin/narthex serve --data "$$folder" --listen 127.0.0.1:9000

docs: setup ## write docs/settings.md and its siblings anew from the code
	$(PYTHON) scripts/reference.py

lock: ## resolve every dependency anew (needs uv)
	scripts/lock
