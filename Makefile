# Every target says what it is for behind "##"; `make` alone prints the list.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-record fuzz soak torture generate

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## show a county's safety net at work, with fictional people
	go run ./cmd/doudi demo

test: ## everything that must hold: check, tests with the race detector, packs, a brief fuzz of every target
	@.ci/steps format vet lint unit packs fuzz

check: ## the quick part of test: format, go vet, staticcheck, errcheck
	@.ci/steps format vet lint

bench: ## measure every benchmark, with allocations, into docs/benchmarks.txt
	go test -run '^$$' -bench . -benchmem ./kernel/... ./decide/... ./serve/... | grep -v 'no test files' | tee docs/benchmarks.txt

bench-record: ## measure the record beside its peers on both databases, for two hours or less, into bench/RESULTS.md
	cd bench && go run . all -date "$$(date +%F)" -out RESULTS.md

fuzz: ## search longer for inputs that break something: FUZZ=1m each, or as given
	@FUZZ=$(or $(FUZZ),1m) .ci/steps fuzz

soak: ## draw new values for every property, many more of them: CHECKS=5000, or as given
	RAPID_SEED=0 RAPID_CHECKS=$(or $(CHECKS),5000) go test ./kernel/... ./decide/... ./serve/...

torture: ## kill the program, the database and the power thousands of times: KILLS=5000 CUTS=5000 DATABASE_KILLS=200 PAIR_KILLS=300 RUN_KILLS=100, or as given
	SEED=$(or $(SEED),$$(date +%s)) KILLS=$(or $(KILLS),5000) CUTS=$(or $(CUTS),5000) DATABASE_KILLS=$(or $(DATABASE_KILLS),200) PAIR_KILLS=$(or $(PAIR_KILLS),300) DEMOS=$(or $(DEMOS),50) RUN_KILLS=$(or $(RUN_KILLS),100) BATCH_KILLS=$(or $(BATCH_KILLS),20) \
		go test -count=1 -timeout 12h -v ./e2e/torture

generate: ## rewrite generated files; commit the result
	go generate ./...
