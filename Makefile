# What a person types. CI runs .ci/run.

.PHONY: help build demo test bench chaos soak prove simulate fuzz lint format coverage image image-test

help:
	@echo "make demo      watch a login, a token, its refresh (KEEP=1 leaves the servers running)"
	@echo "make test      everything that CI tests"
	@echo "make bench     what things cost, against a baseline (an idle machine; PARTS=\"hit miss\": only those)"
	@echo "make chaos     a fleet on very bad days by SEED= for DURATION= seconds (ten minutes)"
	@echo "make soak      a fleet at steady load for DURATION= seconds (an hour): does anything grow?"
	@echo "make prove     the promises at full length: replicas killed, Redis stopped (half an hour)"
	@echo "make simulate  the core in simulated time, by seeds (SEED=, RUNS=; a hundred thousand runs)"
	@echo "make fuzz      every parser of foreign bytes for a minute (scripts/fuzz 3600: an hour each)"
	@echo "make build     the programs, into build/release/bin"
	@echo "make lint      formatting, clang-tidy, protos, scripts, layers (ALL=1: tidy every file)"
	@echo "make format    format every file in place"
	@echo "make coverage  line coverage of service/"
	@echo "make image     the container image (IMAGE=name:tag)"
	@echo "make image-test  builds it over a base of its own and logs a user in through it (root, long)"

build:
	scripts/bootstrap --build
	cmake --preset release
	cmake --build build/release --target programs

demo:
	scripts/demo

test:
	scripts/test

bench:
	scripts/bench

chaos:
	scripts/chaos

soak:
	scripts/soak

prove:
	scripts/prove

fuzz:
	scripts/fuzz

simulate:
	scripts/simulate

lint:
	scripts/lint

format:
	scripts/format

coverage:
	scripts/coverage

image:
	scripts/image

image-test:
	scripts/image_test
