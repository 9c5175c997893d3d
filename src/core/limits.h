/* SPDX-License-Identifier: Apache-2.0 */
/* Limits that no directive sets. */
#ifndef AJWT_CORE_LIMITS_H
#define AJWT_CORE_LIMITS_H

/* Limits on what a client sends */
#define AJWT_MAX_TOKEN_BYTES    (16 * 1024)
#define AJWT_MAX_KID_BYTES      256
#define AJWT_MAX_CANDIDATE_KEYS 4

/*
 * Variables that contain a copy of a removed token are removed. Shorter texts
 * are not compared: otherwise a client could remove any variable by sending its
 * value.
 */
#define AJWT_MIN_COPY_BYTES 32

/* The first second after the year 9999 */
#define AJWT_MAX_TIME_S 253402300800.0

/* Limits on JSON, in tokens and documents */
#define AJWT_MAX_JSON_DEPTH   32
#define AJWT_MAX_JSON_MEMBERS 256

/* Limits on fetched documents and on files */
#define AJWT_MAX_DOCUMENT_BYTES    (512 * 1024)
#define AJWT_MAX_HEADERS_BYTES     (64 * 1024)
#define AJWT_MAX_ETAG_BYTES        128
#define AJWT_MAX_URL_BYTES         512
#define AJWT_MAX_KEYS              1000
#define AJWT_MIN_RSA_BITS          2048
#define AJWT_MAX_RSA_BITS          8192
#define AJWT_MAX_RSA_EXPONENT_BITS 33
#define AJWT_MAX_SECRET_BYTES      4096
#define AJWT_NEW_SECRET_BYTES      64 /* length of a proposed new secret */
#define AJWT_MAX_CA_BYTES          (8 * 1024 * 1024)

/* Limits on exported variables */
#define AJWT_MAX_VARIABLE_BYTES  (8 * 1024)
#define AJWT_MAX_VARIABLES_BYTES (32 * 1024)

/* A configuration dump warns if the leeway is longer */
#define AJWT_LONG_LEEWAY_S 120

/* The longest configuration dump that the tool reads */
#define AJWT_MAX_DUMP_BYTES (32 * 1024 * 1024)

/* How much of iss, kid or alg a log line quotes */
#define AJWT_MAX_LOGGED_BYTES 128

/* How much of the error message of a failed fetch is kept */
#define AJWT_MAX_DETAIL_BYTES 255

/*
 * Match limits for regular expressions (steps of PCRE2). Elements of an array
 * share the limit for one text. Each element has a minimum, so that legitimate
 * long arrays are not refused; an array as long as a token can be then costs a
 * few times the limit.
 */
#define AJWT_MAX_REGEX_STEPS       100000
#define AJWT_MIN_REGEX_STEPS       64
#define AJWT_REGEX_STEPS_PER_OCTET 16

/* Limits on what an administrator may configure */
#define AJWT_MAX_LEEWAY_S        300
#define AJWT_MAX_DIRECTIVE_S     (10 * 365 * 86400)
#define AJWT_MAX_FETCH_TIMEOUT_S 60

/* Times at which keys are fetched again */
#define AJWT_MIN_CACHE_CONTROL_S    300
#define AJWT_MAX_CACHE_CONTROL_S    86400
#define AJWT_FIRST_BACKOFF_S        10
#define AJWT_MAX_BACKOFF_S          (15 * 60)
#define AJWT_REFRESH_AT_PERCENT     90
#define AJWT_REFRESH_JITTER_PERCENT 10 /* earlier or later */
#define AJWT_RETRY_JITTER_PERCENT   50 /* earlier */
#define AJWT_LEASE_MARGIN_S         5

/* The shortest interval between warnings about an outage */
#define AJWT_WARN_EVERY_S 3600

/* Limits on one fetch, and on concurrent fetches */
#define AJWT_MAX_CONNECT_S     2
#define AJWT_MAX_FETCH_THREADS 16

/*
 * Limits on requests of all processes that wait for a fetch: a number, and a
 * share of the workers. Requests for a kid that a fetch did not return may use
 * half of it.
 */
#define AJWT_MAX_WAITERS        16
#define AJWT_WORKERS_PER_WAITER 4
#define AJWT_UNKNOWN_KIDS       64 /* how many are remembered */
#define AJWT_WAIT_STEP_MS       10

/*
 * The fetcher process. It counts as hung if it does not answer a wake-up in
 * time, which must be longer than AJWT_MAX_LOCK_MS. It is restarted without
 * delay if it ran for AJWT_FETCHER_GOOD_S.
 */
#define AJWT_FILE_CHECK_MS       1000  /* interval between checks of files */
#define AJWT_MAX_SLEEP_MS        60000 /* longest sleep when nothing is due */
#define AJWT_FETCHER_ANSWER_MS   2000  /* longest time to answer a wake-up */
#define AJWT_FETCHER_CHECK_MS    5000 /* interval between checks by the parent */
#define AJWT_FETCHER_END_MS      50   /* time to exit after a signal */
#define AJWT_FETCHER_GOOD_S      60   /* enough for a restart without delay */
#define AJWT_FETCHER_MAX_DELAY_S 60   /* the longest restart delay */

/* Longer than any live, running process holds the mutex */
#define AJWT_MAX_LOCK_MS 1000

/*
 * Size of the signature cache in entries, and the time after which an entry is
 * idle. All processes together may cache AJWT_CACHED_TOKENS_PER_ENTRY parsed
 * tokens for each of these entries; cache/set_cache has twice as many places.
 */
#define AJWT_MIN_CACHE_ENTRIES       16
#define AJWT_MAX_CACHE_ENTRIES       (1024 * 1024)
#define AJWT_IN_USE_S                60
#define AJWT_CACHED_TOKENS_PER_ENTRY 4

/*
 * Memory of the token cache in a process: bytes for each entry, and the largest
 * part of it that one token may take
 */
#define AJWT_CACHED_TOKENS_BYTES     4096
#define AJWT_CACHED_TOKENS_MAX_PARTS 4

/*
 * How many places are searched to make room for one token, and the seconds in
 * which a sweep for expired tokens visits all places
 */
#define AJWT_CACHED_TOKENS_LOOK    256
#define AJWT_CACHED_TOKENS_SWEEP_S 16

/* How long clients may cache protected-resource metadata */
#define AJWT_RESOURCE_MAX_AGE_S 3600

#endif
