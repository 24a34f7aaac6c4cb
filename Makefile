# `make demo` and `make test` do all their own set-up. See CONTRIBUTING.md.

CARGO    ?= cargo
ADAPTERS := $(wildcard adapters/*)
# The builder must refuse `liar`; a test reads the module it leaves behind.
GUESTS   := $(filter-out tests/guests/liar tests/guests/README.md,$(wildcard tests/guests/*))
# Releases for stories, each a version of its own.
STORIES  := $(filter-out tests/scenario/README.md,$(wildcard tests/scenario/*))
# Adapters in JavaScript and Python.
LANGUAGES := $(wildcard tests/languages/*)
HOST     := target/release/posthouse
# One selection and one profile everywhere: another selection would mean other features and a
# second build of everything.
HOUSE    := --locked --release --workspace --exclude 'posthouse-guest-*'

.PHONY: help setup build stories guests languages test soak bench demo demo-deppon lint fmt clean

help:
	@echo "make demo        starts simulated carriers and a host, and shows 200 parcels moving (ONCE=1 ends by itself)"
	@echo "make demo-deppon the night Deppon switches the old key off (ONCE=1 ends by itself, TOKEN=fetched)"
	@echo "make test        everything that must hold"
	@echo "make build       target/release/posthouse and target/adapters/ID@VERSION.wasm"
	@echo "make soak        what takes longer than a minute"
	@echo "make bench       figures, to target/bench/report.json"
	@echo "make lint        format, clippy, licences and advisories"

setup:
	@setup/install.sh

build: setup
	$(CARGO) build $(HOUSE)
	$(HOST) adapter build $(ADAPTERS) --out target/adapters

stories: build
	$(HOST) adapter build $(STORIES) --out target/scenario-adapters

guests: stories
	$(HOST) adapter build $(GUESTS) --out target/guest-adapters
	! $(HOST) adapter build tests/guests/liar --out target/guest-adapters 2>/dev/null

# Half a minute, so only when something of theirs has changed.
LANGUAGES_BUILT := target/language-adapters/.built
$(LANGUAGES_BUILT): $(wildcard tests/languages/*/* setup/languages.sh setup/languages/* wit/0.1.0/* host/src/command/build/* registry/src/*) | build
	setup/languages.sh
	$(HOST) adapter build $(LANGUAGES) --out target/language-adapters
	@touch $@

languages: build $(LANGUAGES_BUILT)

test: guests languages
	$(CARGO) test $(HOUSE)

soak: guests languages
	POSTHOUSE_KILLS=50 POSTHOUSE_PARCELS=2000 $(CARGO) test $(HOUSE) --test kill --test tokens -- --nocapture
	POSTHOUSE_SWAPS=1000 POSTHOUSE_CALLS=1000000 POSTHOUSE_PROMOTIONS=60 $(CARGO) test $(HOUSE) --test swaps -- --nocapture --test-threads 1
	$(CARGO) test $(HOUSE) --test languages -- --ignored
	POSTHOUSE_ORPHANS=100 POSTHOUSE_PAGES_MINUTES=10 $(CARGO) test $(HOUSE) --test cage -- --nocapture --test-threads 1

bench: languages
	target/release/posthouse-bench

demo: build
	target/release/posthouse-demo $(if $(ONCE),--once)

demo-deppon: stories
	target/release/posthouse-demo deppon $(if $(ONCE),--once) $(if $(TOKEN),--token $(TOKEN))

lint: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(HOUSE) --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --locked check; else echo "cargo-deny is not installed (cargo install cargo-deny): licences and advisories were not checked"; fi

fmt:
	$(CARGO) fmt --all

clean:
	$(CARGO) clean
