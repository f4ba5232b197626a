# Each goal sets up what it needs: a virtual environment in .venv, with venv and pip alone.
#
#   make conformance                      judge the reference server
#   make conformance SERVER=host:port     judge any server          (more options: ARGS='--depth quick')
#   make test                             all tests of this project (JOBS=0: one after the other; ARGS='-k codec': some)
#   make lint                             ruff and mypy
#   make mutation                         break each assertion of the judges and see who notices (ARGS='--tests-only')
#   make executables                      build stand-alone programs into dist/chatproto, and
#   make test-executables                 try them, without Python (some minutes; not part of make test)
#   make chat [NICK=ann]                  a server, if none runs on port 5050, and a client

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SERVER ?=
ARGS ?=
# Twice as many as processors: most tests wait for something.
JOBS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN || echo 2))))
NICK ?=

.PHONY: conformance test lint mutation executables test-executables chat clean

conformance: $(VENV)/run.stamp
	$(BIN)/chat-conformance $(SERVER) $(ARGS)

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What was found out before is not done again: build/mutation.jsonl, which `make clean` forgets.
mutation: $(VENV)/test.stamp
	mkdir -p build
	$(BIN)/python -m tests.mutation --results build/mutation.jsonl $(ARGS)

executables: $(VENV)/freeze.stamp
	$(BIN)/python -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build/pyinstaller executables/chatproto.spec

test-executables: executables
	CHAT_EXECUTABLES=dist/chatproto $(BIN)/python -m pytest $(ARGS) tests/executables

# The server's own line says when it listens; a second `make chat` finds the port taken and joins the first one's room.
chat: $(VENV)/run.stamp
	@pipe=$$(mktemp -u) && mkfifo $$pipe; \
	$(BIN)/chat-server --quiet --journal none >$$pipe 2>/dev/null & server=$$!; \
	head -n 1 <$$pipe >/dev/null; rm -f $$pipe; \
	trap 'kill $$server 2>/dev/null' EXIT INT TERM; \
	$(BIN)/chat-client $(if $(NICK),--nick '$(NICK)') 127.0.0.1:5050

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/run.stamp: $(VENV)/python.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

$(VENV)/dev.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

$(VENV)/freeze.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[freeze]'
	touch $@

clean:
	rm -rf $(VENV) dist build
