# Risalah. `make demo` shows it, `make test` tests it.

SWIFT ?= swift
# The backtracer can take minutes over a crash, and a test that crashes should say so at once.
export SWIFT_BACKTRACE = enable=no

.PHONY: help build demo run test torture bench fuzz lint deps clean

help:
	@echo "make demo    show an archive from beginning to end, then clean up"
	@echo "make test    build and run all tests"
	@echo "make torture kill an archive's server at every bad moment (MINUTES=2 SEED=…)"
	@echo "make run     an archive in ./Storage with ./Config, kept"
	@echo "make build   risalahd and risalah, release"
	@echo "make bench   measure against nginx, swift-crypto, opusenc, ffmpeg and FTS5"
	@echo "make fuzz    feed hostile bytes to the parsers, a minute each (SECONDS=60)"
	@echo "make lint    formatting, strict, and what must not come back"
	@echo "make deps    Debian packages that are missing"
	@echo "make clean   what was built"

build:
	@Scripts/install-packages.sh build
	$(SWIFT) build -c release --product risalahd
	$(SWIFT) build -c release --product risalah
	$(SWIFT) build -c release --product risalah-engine

demo: build
	@Scripts/install-packages.sh demo
	@Scripts/demo.sh

run: build
	@Scripts/run.sh

test:
	@Scripts/install-packages.sh build demo test
	@Scripts/test-tools.sh
	$(SWIFT) build --build-tests
	@Scripts/run-tests.sh

# How long, and which faults and operations; a random seed, which is printed, where none is said.
MINUTES ?= 2
SEED ?=
# The build that the tests use: there is nothing more to build after them.
torture:
	@Scripts/install-packages.sh build
	$(SWIFT) build --build-tests
	@"$$($(SWIFT) build --show-bin-path)/torture" --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

bench: build
	$(SWIFT) build -c release --product bench-age-stream
	$(SWIFT) build -c release --product bench-encode
	$(SWIFT) build -c release --product bench-index
	$(SWIFT) build -c release --product bench-transcribe
	@Scripts/install-packages.sh demo test bench
	@Benchmarks/run.sh
	@Benchmarks/import.sh

# Seconds for each target.
SECONDS ?= 60
fuzz:
	@Scripts/install-packages.sh build
	@for target in age-header age-payload ogg-opus tus transcript; do Scripts/fuzz.sh $$target $(SECONDS) || exit; done

lint:
	@SWIFT=$(SWIFT) Scripts/lint.sh

deps:
	@Scripts/install-packages.sh build demo test

clean:
	rm -rf .build .build-tools .build-fuzz
