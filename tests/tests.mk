# SPDX-License-Identifier: Apache-2.0
# Targets and rules of the tests.  Makefile.apxs includes this file and defines
# SUBMAKE, once, objects, LINK and LIBRARY_OBJECTS.

CMOCKA         = $(call once,CMOCKA,pkg-config --cflags --libs cmocka libssl)

# --- Sources and programs

UNIT_TESTS    = $(wildcard tests/unit/*/test_*.c)
UNIT_SUPPORT  = $(call objects,$(wildcard tests/unit/support*.c))
UNIT_PROGRAMS = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_TESTS))

# Programs that tests/check/check_bounds.py and check_constant_time.py run under
# valgrind.
FOR_VALGRIND = $(BUILD)/unit/core/bounds $(BUILD)/unit/core/constant_time

# It searches freed memory, which a sanitizer does not release.
NOT_SANITIZED = tests/unit/keys/test_memory.c

# A fuzz target is a test that replays its corpus.  With another FUZZ_MAIN, it
# is linked with libFuzzer, which searches for new inputs.
FUZZ_TESTS    = $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_SUPPORT  = $(call objects,tests/fuzz/fuzz.c) $(UNIT_SUPPORT)
FUZZ_MAIN     = $(call objects,tests/fuzz/replay.c)
FUZZ_PROGRAMS = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_TESTS))

# Modules that httpd loads in tests in addition to this one.
TEST_MODULES = $(patsubst tests/httpd/modules/%.c,$(BUILD)/modules/%.so,$(wildcard tests/httpd/modules/*.c))

# Tests that share memory between threads, for ThreadSanitizer.
TSAN_TESTS = $(wildcard tests/unit/keys/test_keyring.c tests/unit/keys/test_shm_slots*.c tests/unit/keys/test_slot.c tests/unit/keys/test_waiters.c tests/unit/cache/test_token_cache.c)

# Verifies the test cases of other projects in one process.
CORPUS_VERIFIER = $(BUILD)/corpora/verifier

RUN        = $(PYTHON) tests/run.py
CHECKS     = $(wildcard tests/check/check_*.py)
ANALYSERS  = cppcheck clang_tidy gcc_analyzer
END_TO_END = tests/httpd \
             $(patsubst %/,%,$(sort $(dir $(wildcard tests/httpd/*/test_*.py)))) \
             tests/idp tests/neighbours
# Not every system has packages of the projects that guides and tests use.
OPTIONAL   = tests/packages.sh --optional guides neighbours

# Tests of hostile input and of key sets over time, which check runs a second
# time without the caches.
UNCACHED   = AJWT_VERDICT_CACHE=off $(addprefix tests/httpd/, \
             config/test_sizes.py config/test_tenants.py \
             config/test_trust.py keys/test_etag.py keys/test_fetching.py \
             keys/test_key_files.py keys/test_outages.py \
             process/test_over_time.py process/test_restarts.py \
             request/test_bearer.py request/test_hostile_tokens.py \
             request/test_raw_requests.py request/test_results.py \
             request/test_substitution.py request/test_token_sources.py \
             request/test_user_and_export.py request/test_ways_around.py)

# --- Targets

unit:
	@tests/packages.sh build check
	@$(SUBMAKE) unit-programs
	@$(RUN) unit $(UNIT_PROGRAMS)

# The clang build only shows warnings; its programs are not run.
check sanitize: export WERROR = 1
check:
	@tests/packages.sh build demo check
	@$(OPTIONAL)
	@$(SUBMAKE) products unit-programs fuzz-programs test-modules bench-program fleet-program
	@$(SUBMAKE) BUILD=$(BUILD)/clang CC=clang CFLAGS='-g -O2' products unit-programs fuzz-programs test-modules bench-program fleet-program
	@AJWT_BUILD=$(abspath $(BUILD)) AJWT_PRELOAD= \
	$(RUN) unit $(UNIT_PROGRAMS) $(FUZZ_PROGRAMS) check $(CHECKS) pytest tests/check tests/bench tests/fleet $(END_TO_END) pytest $(UNCACHED)

analyse:
	@tests/packages.sh build check
	@$(RUN) check $(ANALYSERS:%=tests/check/check_%.py)

# gcc, because httpd itself is not instrumented and loads libasan through
# LD_PRELOAD.  setarch -R, if allowed, turns off address randomisation: random
# addresses can collide with the fixed ones of a sanitizer.  TSan does not
# support that a timed lock returns a dead owner's mutex, and reports its
# release as an error.
sanitize: ASAN = $(BUILD)/asan
sanitize: TSAN = $(BUILD)/tsan
sanitize:
	@tests/packages.sh build demo check sanitize
	@$(OPTIONAL)
	@$(SUBMAKE) BUILD=$(ASAN) CC=gcc SANITIZE=address,undefined products unit-programs fuzz-programs test-modules
	@$(SUBMAKE) BUILD=$(TSAN) CC=gcc SANITIZE=thread UNIT_TESTS="$(TSAN_TESTS)" unit-programs
	@AJWT_BUILD=$(abspath $(ASAN)) AJWT_PRELOAD=$$(gcc -print-file-name=libasan.so) \
	UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=report_mutex_bugs=0 \
	$(shell setarch -R true 2>/dev/null && echo setarch -R) \
	$(RUN) unit $(patsubst tests/%.c,$(ASAN)/%,$(filter-out $(NOT_SANITIZED),$(UNIT_TESTS)) $(FUZZ_TESTS)) \
	       unit $(patsubst tests/unit/%.c,$(TSAN)/unit/%,$(TSAN_TESTS)) \
	       pytest $(END_TO_END)

# CORPORA=FOLDER: the folder with the cases.  Without it, the target prints an
# error and fails.
check-corpora:
	@tests/packages.sh build demo check corpora
	@$(SUBMAKE) products corpus-verifier
	@AJWT_BUILD=$(abspath $(BUILD)) AJWT_PRELOAD= $(PYTHON) tests/corpora/replay.py $(CORPORA)

# Needs root, the network and some minutes; keeps the clean Debian in BUILD.
check-package:
	@tests/packages.sh build deb package
	@$(SUBMAKE) deb DEB_FLAGS=-F
	@AJWT_BUILD=$(abspath $(BUILD)) $(RUN) pytest JOBS=1 tests/package

# RELEASE=NAME: another release than this machine's.  Needs root and a network.
check-debian:
	@tests/packages.sh --optional debootstrap
	@AJWT_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/package/debian.py $(RELEASE)

# SOAK_SECONDS=N: duration of the longest runs.  CORPORA=FOLDER: replays the key
# sets in its idp/history.
soak: export SOAK_SECONDS ?= 120
soak: export CORPORA ?=
soak:
	@tests/packages.sh build demo check
	@$(SUBMAKE) products test-modules
	@AJWT_BUILD=$(abspath $(BUILD)) AJWT_PRELOAD= $(RUN) pytest JOBS=1 tests/soak

# BENCH=quick: a few cases, in three minutes.  Prints a table, and writes it to
# build/bench/$(BENCH) as CSV and as a picture, with profiles for
# callgrind_annotate.
bench: export BENCH ?= full
bench:
	@tests/packages.sh build demo check bench
	@tests/packages.sh --optional peers
	@$(SUBMAKE) products bench-program
	@AJWT_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/bench.py $(BENCH)

bench-core:
	@tests/packages.sh build demo check
	@$(SUBMAKE) bench-program
	@AJWT_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/core.py

# Prints a table and draws build/fleet/fleet.svg.  SEED=N: other random numbers.
fleet: SEED ?= 1
fleet:
	@tests/packages.sh build
	@$(SUBMAKE) fleet-program
	@AJWT_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/fleet/report.py $(SEED)

status-pictures:
	@tests/packages.sh build check pictures
	@$(SUBMAKE) products
	@AJWT_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/httpd/status_pictures.py $(BUILD)/status

# FUZZ=json: only that target.  FUZZ_SECONDS=N: CPU time of each target.
fuzz fuzz-merge: LIBFUZZER = $(BUILD)/libfuzzer
fuzz fuzz-merge: FUZZ_TESTS = $(wildcard tests/fuzz/fuzz_$(or $(FUZZ),*).c)
fuzz fuzz-merge: export FUZZ_SECONDS ?= 60
fuzz fuzz-merge:
	@tests/packages.sh build check fuzz
	@$(SUBMAKE) BUILD=$(LIBFUZZER) CC=clang CFLAGS='-g -O1' \
	    SANITIZE=fuzzer-no-link,address,undefined FUZZ_MAIN=-fsanitize=fuzzer \
	    FUZZ_TESTS="$(FUZZ_TESTS)" fuzz-programs
	@$(PYTHON) tests/fuzz/fuzz.py $(if $(filter fuzz,$@),look,merge) $(LIBFUZZER) $(FUZZ_PROGRAMS:$(BUILD)/%=$(LIBFUZZER)/%)

# Coverage of the unit tests, with tests/vectors, and of the replayed corpus.
coverage: COVERAGE = $(BUILD)/coverage
coverage:
	@tests/packages.sh build check coverage
	@$(SUBMAKE) BUILD=$(COVERAGE) CC=gcc CFLAGS='-g -O0 --coverage -fprofile-update=atomic' unit-programs fuzz-programs
	@find $(COVERAGE) -name '*.gcda' -delete
	@$(RUN) unit $(patsubst tests/%.c,$(COVERAGE)/%,$(UNIT_TESTS) $(FUZZ_TESTS))
	@$(PYTHON) tests/coverage/lines.py $(COVERAGE)

# --- Rules for one BUILD, CC and SANITIZE

unit-programs: $(UNIT_PROGRAMS) $(FOR_VALGRIND)
	@:
fuzz-programs: $(FUZZ_PROGRAMS)
	@:
test-modules: $(TEST_MODULES)
	@:
corpus-verifier: $(CORPUS_VERIFIER)
	@:
bench-program: $(BUILD)/bench/core $(BUILD)/bench/count.so
	@:
fleet-program: $(BUILD)/fleet/fleet
	@:

$(BUILD)/obj/tests/httpd/%.o: INCLUDES += $(HTTPD_INCLUDES)
$(BUILD)/obj/tests/unit/%.o $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/corpora/%.o: INCLUDES += $(filter -I%,$(CMOCKA)) -Itests/unit

$(BUILD)/modules/%.so: $(BUILD)/obj/tests/httpd/modules/%.o
	@mkdir -p $(@D) && echo "  LINK $@"
	$(Q)$(LINK) -shared -o $@ $^

$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(LIBRARY_OBJECTS)
	@mkdir -p $(@D) && echo "  LINK $@"
	$(Q)$(LINK) -o $@ $^ $(LIBS) $(APR_LIBS)

$(BUILD)/fleet/%: $(BUILD)/obj/tests/fleet/%.o $(LIBRARY_OBJECTS)
	@mkdir -p $(@D) && echo "  LINK $@"
	$(Q)$(LINK) -o $@ $^ $(LIBS) $(APR_LIBS)

$(BUILD)/bench/%.so: $(BUILD)/obj/tests/bench/%.o
	@mkdir -p $(@D) && echo "  LINK $@"
	$(Q)$(LINK) -shared -o $@ $^

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_SUPPORT) $(LIBRARY_OBJECTS)
	@mkdir -p $(@D) && echo "  LINK $@"
	$(Q)$(LINK) -o $@ $^ $(LIBS) $(APR_LIBS) $(filter-out -I%,$(CMOCKA))

# jwk_print.c of ajwt computes the thumbprints.
$(CORPUS_VERIFIER): $(call objects,tests/corpora/verifier.c src/cli/jwk_print.c) $(UNIT_SUPPORT) $(LIBRARY_OBJECTS)
	@mkdir -p $(@D) && echo "  LINK $@"
	$(Q)$(LINK) -o $@ $^ $(LIBS) $(APR_LIBS) $(filter-out -I%,$(CMOCKA))

$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_SUPPORT) $(LIBRARY_OBJECTS) $(filter %.o,$(FUZZ_MAIN))
	@mkdir -p $(@D) && echo "  LINK $@"
	$(Q)$(LINK) -o $@ $^ $(filter-out %.o,$(FUZZ_MAIN)) $(LIBS) $(APR_LIBS) $(filter-out -I%,$(CMOCKA))
