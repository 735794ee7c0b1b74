# make start-bg starts the server in the background, make logs-coordinator follows its log, make stop ends it.
# With DOCKER=1 the same targets are for the containers of deploy/compose.yaml. docs/deploy.md has the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PORT ?= 8765
DATA ?= .agent-orchestrator
CONFIGURATION ?= debug
# More switches for the server, such as ARGS="--no-auth".
ARGS ?=
# With PREBUILT=1 nothing is built before a start.
PREBUILT ?=
PREFIX ?= /opt/agent-orchestrator
DOCKER ?=
# Seconds that a start and a stop may take.
PATIENCE ?= 60

BIN := $(CURDIR)/artifacts/bin/AgentOrchestrator.Server/$(CONFIGURATION)
SERVER ?= $(BIN)/AgentOrchestrator.Server
AO ?= $(BIN)/tools/ao/ao
PIDFILE := $(DATA)/coordinator.pid
LOG := $(DATA)/coordinator.log
COMPOSE := docker compose -f deploy/compose.yaml

# The process of the pid file, if it still is our server: a number may have been given to another program since.
running = { pid=$$(cat "$(PIDFILE)" 2>/dev/null) && ps -o stat=,args= -p "$$pid" 2>/dev/null | grep -v '^Z' | grep -q AgentOrchestrator.Server; }
answers = AGENT_ORCHESTRATOR_API_URL=http://127.0.0.1:$(PORT) "$(AO)" list --limit 1 >/dev/null 2>&1

.PHONY: help build test start start-bg stop restart status health logs logs-coordinator proof publish clean \
	docker-build docker-up docker-down docker-env

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{ printf "  %-18s %s\n", $$1, $$2 }'

build: ## Build the server and ao
ifeq ($(PREBUILT),)
	dotnet build src/AgentOrchestrator.Server -c $(CONFIGURATION) -v quiet
endif

test: ## Run the tests
	dotnet test

start: build ## Start the server in the foreground
	"$(SERVER)" --data "$(DATA)" --urls http://localhost:$(PORT) $(ARGS)

# What breaks a copy of the product at length: each fault a hundred times and more.
PROOF ?= --server-kills 100 --runner-kills 100 --keeper-kills 100 --freezes 10 --crashes 140 --line-faults 400 --operations 200000

proof: build ## Break a copy of the product at length, and write docs/proof.md
	"$(AO)" prove $(PROOF) --report docs/proof.md

ifeq ($(DOCKER),)

start-bg: build ## Start the server in the background
	@if $(running); then echo "already running as $$pid; 'make stop' ends it"; exit 1; fi
	@if $(answers); then echo "another server answers on port $(PORT) already" >&2; exit 1; fi
	@mkdir -p "$(DATA)"
	@env -u PORT setsid nohup "$(SERVER)" --data "$(DATA)" --urls http://localhost:$(PORT) $(ARGS) >> "$(LOG)" 2>&1 < /dev/null & echo $$! > "$(PIDFILE)"
	@i=0; until $(answers); do \
		i=$$((i + 1)); \
		if ! $(running); then echo "the server ended; the end of $(LOG):" >&2; tail -n 20 "$(LOG)" >&2; rm -f "$(PIDFILE)"; exit 1; fi; \
		if [ $$i -ge $$(($(PATIENCE) * 2)) ]; then echo "no answer within $(PATIENCE) s; see $(LOG)" >&2; exit 1; fi; \
		sleep 0.5; \
	done; \
	echo "running as $$(cat "$(PIDFILE)") on http://127.0.0.1:$(PORT), log in $(LOG)"

stop: ## End the server that start-bg started
	@if $(running); then \
		kill -TERM "$$pid"; i=0; \
		while $(running); do \
			i=$$((i + 1)); \
			if [ $$i -ge $$(($(PATIENCE) * 2)) ]; then echo "$$pid has not ended within $(PATIENCE) s; see $(LOG)" >&2; exit 1; fi; \
			sleep 0.5; \
		done; \
		echo "stopped $$pid"; \
	else echo "not running"; fi; rm -f "$(PIDFILE)"

status: ## Say whether it runs
	@if $(running); then echo "running as $$pid"; else echo "not running"; exit 1; fi

logs: logs-coordinator

logs-coordinator: ## Follow the server's log; with LINES=N only its last lines
ifeq ($(LINES),)
	@tail -n 200 -F "$(LOG)"
else
	@tail -n $(LINES) "$(LOG)"
endif

else

start-bg: docker-up

stop: docker-down

status:
	@$(COMPOSE) --profile runner ps

logs:
	@$(COMPOSE) --profile runner logs -f --tail 200

logs-coordinator:
	@$(COMPOSE) logs $(if $(LINES),--tail $(LINES),-f --tail 200) server

endif

restart: ## Stop and start it
	@$(MAKE) --no-print-directory stop
	@$(MAKE) --no-print-directory start-bg

health: ## Ask the server how it is
	@AGENT_ORCHESTRATOR_API_URL=http://127.0.0.1:$(PORT) "$(AO)" doctor

publish: ## Publish server and ao to PREFIX
	dotnet publish src/AgentOrchestrator.Server -c release --use-current-runtime -o "$(PREFIX)"

clean: ## Remove what was built
	rm -rf artifacts

docker-build: ## Build the images
	$(COMPOSE) --profile runner build

# Secrets of its own for every installation, readable by their owner alone.
docker-env:
	@[ -f deploy/.env ] || (umask 077; echo "POSTGRES_PASSWORD=$$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" > deploy/.env)

docker-up: docker-env ## Start server, PostgreSQL and a runner as containers
	$(COMPOSE) up -d --build --wait server
	@grep -q '^RUNNER_TOKEN=.' deploy/.env || { \
		token=$$($(COMPOSE) exec -T server ao token create compose-runner --role runner --json | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p'); \
		[ -n "$$token" ] || { echo "no token for the runner could be made" >&2; exit 1; }; \
		echo "RUNNER_TOKEN=$$token" >> deploy/.env; }
	$(COMPOSE) --profile runner up -d --build runner

docker-down: docker-env ## End the containers; the data stays
	$(COMPOSE) --profile runner down
