# The work is done by the scripts in .make/. They read variables from the environment or from
# make's command line (`make demo DEMO_SECONDS=5`); the head of each says which.
.POSIX:
.PHONY: help demo test lint docs fuzz fuzz-network soak bench build install uninstall install-live uninstall-live clean

help: ## This text (the default)
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf 'make %-14s %s\n' "$$name" "$$text"; done

demo: ## A private collectd sends to collectd-live for DEMO_SECONDS (15); nothing stays behind
	@.make/deps demo
	@.make/demo

test: ## Install what is missing, build, run all tests
	@.make/deps test
	@.make/test

lint: ## Format, clippy per package, documentation, shell scripts: warnings are errors
	@.make/deps lint
	@.make/lint

docs: ## The documentation site in target/site, its links checked
	@.make/deps build
	@.make/docs

fuzz: ## All that reads bytes from outside, FUZZ_SECONDS (300) each, one per processor at a time
	@.make/deps fuzz
	@.make/fuzz

fuzz-network: ## The live plugin, FUZZ_SECONDS (300) each plain, under valgrind and both sanitizers
	@.make/deps test
	@.make/fuzz-network

soak: ## Twenty plugins in a real collectd for SOAK_SECONDS (600): memory must stay flat
	@.make/deps soak
	@.make/soak

bench: ## Beside others: plugins (C, python, collectd-plugin), wire protocol (libcollectdclient, libgcrypt, OpenSSL), network
	@.make/deps bench
	@tests/boundary/compare
	@crates/wire/compare
	@crates/network/compare

build: ## The release build: rust_network.so and the tools
	cargo build --release -p rust_network -p collectd-live

install: ## Put rust_network.so in PLUGINDIR (default: from collectd -h), below DESTDIR
	@.make/install

uninstall: ## Remove it again
	@.make/install --uninstall

install-live: ## Put collectd-live, its manual pages and completions below PREFIX (/usr/local) in DESTDIR
	@.make/install-live

uninstall-live: ## Remove them again
	@.make/install-live --uninstall

clean: ## Remove what was built
	cargo clean
