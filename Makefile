# `make help` says what one can do here.
SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Tools are pinned here and kept beside Go's build cache, so that every clone shares them. The
# folder carries Go's version: golangci-lint must be built with a Go at least as new as go.mod's.
GOLANGCI_VERSION  := v2.15.0
GOFUMPT_VERSION   := v0.12.0
BENCHSTAT_VERSION := v0.0.0-20260908200009-22c9c6c9d4da
GOFAKES3_VERSION  := v1.2.0
OIDC_VERSION      := v3.52.0
OAPI_VERSION      := v2.8.2
TOOLS     ?= $(shell go env GOCACHE)/../mailbox-tools/$(shell go env GOVERSION)
GOLANGCI  := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)
GOFUMPT   := $(TOOLS)/gofumpt-$(GOFUMPT_VERSION)
BENCHSTAT := $(TOOLS)/benchstat-$(BENCHSTAT_VERSION)
GOFAKES3  := $(TOOLS)/gofakes3-$(GOFAKES3_VERSION)
OIDC      := $(TOOLS)/oidc-provider-$(OIDC_VERSION)
OAPI      := $(TOOLS)/oapi-codegen-$(OAPI_VERSION)

# Packages tested at once. Two, because some tests start servers and a browser of their own.
PACKAGES_AT_ONCE ?= 2
# The race detector watches our code and what it calls, but not the inside of SQLite (C translated to Go, whose
# locks are its own), of its memory and of the password hash: watching those took two thirds of the tests' time. Packages
# without generics, by name: the linker keeps one copy of a generic function, and would take theirs for everybody.
# SQLite's C library has generics: there only the checks of pointers are left out.
unwatched    = '-gcflags=$(1)=-race=false -d=checkptr=0'
NOT_WATCHED := $(call unwatched,modernc.org/sqlite/lib) $(call unwatched,modernc.org/memory) $(call unwatched,golang.org/x/crypto/argon2) '-gcflags=modernc.org/libc=-d=checkptr=0'
# Tests at once within a package: more than there are processors, because many wait for processes and the browser.
TESTS_AT_ONCE ?= 4
# make check vets. Memory is cheaper than collecting garbage so often: a tenth of the time went there.
TEST_FLAGS = -vet off -timeout 20m -p $(PACKAGES_AT_ONCE) -parallel $(TESTS_AT_ONCE)
# The packages that take longest begin first, so that none of them runs alone at the end.
LONGEST    = $(if $(filter ./...,$(PKG)),./cmd/mailbox/web ./cmd/mailbox ./cases)
# What to test and to measure: make test PKG=./sla/... ; make bench BENCH=Submit
PKG      ?= ./...
BENCH    ?= .
COUNT    ?= 1
FUZZTIME ?= 30s
# Arguments of the program: make run ARGS='--listen 127.0.0.1:9000'
ARGS     ?= --demo
# The fault suite: how many rounds, and the first one's seed: make chaos ROUNDS=1 SEED=123 repeats a round.
ROUNDS   ?= 10
SEED     ?= $(shell date +%s)

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 16

.PHONY: run
run: ## start the mailbox with a believable demonstration city
	go run ./cmd/mailbox serve $(ARGS)

.PHONY: test
test: ## run all tests with the race detector, on SQLite and PostgreSQL, with Redis and a browser
	@.ci/install
	@# What is named TestLong… goes a long way one step after the other: random histories, every page in every language.
	@# The race detector would see next to nothing in it, and take ten times as long.
	GOGC=200 .ci/services --in-memory go test -race $(NOT_WATCHED) $(TEST_FLAGS) -skip '^TestLong' $(LONGEST) $(PKG)
	GOGC=200 .ci/services --in-memory go test $(TEST_FLAGS) -run '^TestLong' $(LONGEST) $(PKG)

.PHONY: chaos
chaos: ## kill, cut and stop everything for ROUNDS rounds from SEED, and look whether anything was lost
	@.ci/install
	@mkdir -p bin
	@# Everything, with what the processes said when a round failed, is in bin/chaos.txt.
	MAILBOX_TEST_REAL=1 go test -count 1 -timeout 0 -run '^TestChaos' -v ./cmd/mailbox -args -chaos.rounds $(ROUNDS) -chaos.seed $(SEED) | tee bin/chaos.txt | \
		grep -E --line-buffered '^ +chaos_|^ +(seed|scene)|^ *---|^(ok|FAIL|panic)'

.PHONY: check
check: format-check mod-check long-files lint ## look for mistakes without running anything: format, modules, lint (which vets)

.PHONY: bench
bench: $(BENCHSTAT) ## measure on SQLite and PostgreSQL; COUNT=6 gives medians with their spread
	@.ci/install
	@mkdir -p bin
	.ci/services go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) -timeout 90m -p 1 $(PKG) | tee bin/bench.txt
	@$(BENCHSTAT) bin/bench.txt

.PHONY: fmt
fmt: $(GOFUMPT) ## format the Go files
	$(GOFUMPT) -w .

.PHONY: fuzz
fuzz: ## feed every fuzz test for FUZZTIME (30s each)
	@{ grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . || echo 'no fuzz tests yet' >&2; } | \
	while IFS=: read -r file _ func; do \
		echo "$${func#func } in $$(dirname "$$file")"; \
		go test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" </dev/null; \
	done

.PHONY: format-check
format-check: $(GOFUMPT)
	@unformatted=$$($(GOFUMPT) -l .); \
	if [ -n "$$unformatted" ]; then printf 'not formatted (run make fmt):\n%s\n' "$$unformatted" >&2; exit 1; fi

.PHONY: mod-check
mod-check:
	go mod tidy -diff
	go mod verify

# The S3 server and the OpenID provider of the tests, and what makes a client of openapi.yaml: .ci/install has them built,
# .ci/services asks where they are.
.PHONY: test-servers s3-server-path oidc-provider-path oapi-codegen-path
test-servers: $(GOFAKES3) $(OIDC) $(OAPI) ; @:
s3-server-path:
	@echo '$(GOFAKES3)'
oidc-provider-path:
	@echo '$(OIDC)'
oapi-codegen-path:
	@echo '$(OAPI)'

# A warning only: a long file is a question ("what is it made of?"), not always a mistake.
.PHONY: long-files
long-files:
	@find . -name '*.go' -not -path './bin/*' -exec wc -l {} + | \
	awk '$$2 != "total" && $$1 > 600 { print "warning: " $$2 " has " $$1 " lines; what is it made of?" }'

.PHONY: lint
lint: $(GOLANGCI)
	$(GOLANGCI) run ./...

# install,MODULE,VERSION builds a tool into $@. It is built aside and moved, so that an
# interrupted build leaves no half file behind.
define install
	@echo "building $(notdir $@) once (golangci-lint takes about two minutes)"
	@mkdir -p '$(TOOLS)/building'
	@GOBIN="$$(cd '$(TOOLS)/building' && pwd)" go install $(1)@$(2)
	@mv '$(TOOLS)/building/$(notdir $(1))' '$@'
endef

$(GOLANGCI):
	$(call install,github.com/golangci/golangci-lint/v2/cmd/golangci-lint,$(GOLANGCI_VERSION))

$(GOFUMPT):
	$(call install,mvdan.cc/gofumpt,$(GOFUMPT_VERSION))

$(BENCHSTAT):
	$(call install,golang.org/x/perf/cmd/benchstat,$(BENCHSTAT_VERSION))

$(GOFAKES3):
	$(call install,github.com/johannesboyne/gofakes3/cmd/gofakes3,$(GOFAKES3_VERSION))

$(OIDC):
	$(call install,github.com/zitadel/oidc/v3/example/server,$(OIDC_VERSION))

$(OAPI):
	$(call install,github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen,$(OAPI_VERSION))
