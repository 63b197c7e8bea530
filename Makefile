# Every target says what it is for behind "##"; `make` alone prints the list.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench fuzz generate

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## show a county's safety net at work, with fictional people
	go run ./cmd/doudi demo

test: ## everything that must hold: check, tests with the race detector, packs, a brief fuzz of every target
	@.ci/steps format vet lint unit packs fuzz

check: ## the quick part of test: format, go vet, staticcheck, errcheck
	@.ci/steps format vet lint

bench: ## measure: every benchmark once, with allocations
	go test -run '^$$' -bench . -benchmem ./...

fuzz: ## search longer for inputs that break something: FUZZ=1m each, or as given
	@FUZZ=$(or $(FUZZ),1m) .ci/steps fuzz

generate: ## rewrite generated files; commit the result
	go generate ./...
