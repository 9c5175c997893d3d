/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much is too much?  Every number of policy that is not a directive.
 */
#ifndef AJWT_CORE_LIMITS_H
#define AJWT_CORE_LIMITS_H

/* What a client may send */
#define AJWT_MAX_TOKEN_BYTES    (16 * 1024)
#define AJWT_MAX_KID_BYTES      256
#define AJWT_MAX_CANDIDATE_KEYS 4

/* Variables with a copy of a removed token are removed.  Shorter texts do not
 * count: otherwise a client could remove any variable by its value. */
#define AJWT_MIN_COPY_BYTES 32

/* The first second after the year 9999 */
#define AJWT_MAX_TIME_S 253402300800.0

/* What JSON may look like, in a token and in a document */
#define AJWT_MAX_JSON_DEPTH   32
#define AJWT_MAX_JSON_MEMBERS 256

/* What an issuer or a file may hold */
#define AJWT_MAX_DOCUMENT_BYTES    (512 * 1024)
#define AJWT_MAX_HEADERS_BYTES     (64 * 1024)
#define AJWT_MAX_ETAG_BYTES        128
#define AJWT_MAX_URL_BYTES         512
#define AJWT_MAX_KEYS              1000
#define AJWT_MIN_RSA_BITS          2048
#define AJWT_MAX_RSA_BITS          8192
#define AJWT_MAX_RSA_EXPONENT_BITS 33
#define AJWT_MAX_SECRET_BYTES      4096
#define AJWT_NEW_SECRET_BYTES      64 /* proposed where there is none */
#define AJWT_MAX_CA_BYTES          (8 * 1024 * 1024)

/* What an application is given */
#define AJWT_MAX_VARIABLE_BYTES  (8 * 1024)
#define AJWT_MAX_VARIABLES_BYTES (32 * 1024)

/* What a dump of the configuration warns of */
#define AJWT_LONG_LEEWAY_S 120

/* How long it may be for the tool to read it */
#define AJWT_MAX_DUMP_BYTES (32 * 1024 * 1024)

/* How much of iss, kid or alg a log line quotes */
#define AJWT_MAX_LOGGED_BYTES 128

/* How much is kept of the words of a fetch that failed */
#define AJWT_MAX_DETAIL_BYTES 255

/*
 * What a regular expression may cost (steps of PCRE2): so much for one text.
 * Elements of an array share it, but each may have so many that an array as
 * long as a token can be costs a few times as much, and no honest one is
 * refused.
 */
#define AJWT_MAX_REGEX_STEPS       100000
#define AJWT_MIN_REGEX_STEPS       64
#define AJWT_REGEX_STEPS_PER_OCTET 16

/* What an administrator may allow */
#define AJWT_MAX_LEEWAY_S        300
#define AJWT_MAX_DIRECTIVE_S     (10 * 365 * 86400)
#define AJWT_MAX_FETCH_TIMEOUT_S 60

/* When keys are fetched again */
#define AJWT_MIN_CACHE_CONTROL_S 300
#define AJWT_MAX_CACHE_CONTROL_S 86400
#define AJWT_FIRST_BACKOFF_S     10
#define AJWT_MAX_BACKOFF_S       (15 * 60)
#define AJWT_REFRESH_AT_PERCENT  90
#define AJWT_JITTER_PERCENT      10
#define AJWT_LEASE_MARGIN_S      5

/* How often an outage is worth a warning */
#define AJWT_WARN_EVERY_S 3600

/* How a fetch is carried out */
#define AJWT_MAX_CONNECT_S     2
#define AJWT_MAX_FETCH_THREADS 16

/* Limits for requests that wait for a fetch, of all processes: a number, and a
 * share of the workers.  A kid that a fetch did not bring gets half of it. */
#define AJWT_MAX_WAITERS        16
#define AJWT_WORKERS_PER_WAITER 4
#define AJWT_UNKNOWN_KIDS       64 /* how many are remembered */
#define AJWT_WAIT_STEP_MS       10

/* The fetcher process */
#define AJWT_FILE_CHECK_MS 1000  /* how often it looks at files */
#define AJWT_MAX_SLEEP_MS  60000 /* how long when nothing is due */
#define AJWT_FETCHER_ANSWER_MS                                              \
    2000                             /* a wake-up to its answer, else hung: \
                                      * longer than AJWT_MAX_LOCK_MS */
#define AJWT_FETCHER_CHECK_MS   5000 /* how often httpd's parent asks it */
#define AJWT_FETCHER_END_MS     50   /* to end after a signal */
#define AJWT_FETCHER_GOOD_S     60 /* a life without a delay before the next */
#define AJWT_FETCHER_MAX_REST_S 60 /* the longest such delay */

/* Longer than any process holds the mutex that lives and is not stopped */
#define AJWT_MAX_LOCK_MS 1000

/* How many signatures found good may be remembered, what counts as in use,
 * and by those how many tokens all processes together may keep parsed: twice
 * as many, since cache/set_cache has twice the places */
#define AJWT_MIN_CACHE_ENTRIES       16
#define AJWT_MAX_CACHE_ENTRIES       (1024 * 1024)
#define AJWT_IN_USE_S                60
#define AJWT_CACHED_TOKENS_PER_ENTRY 4

/* Memory of parsed tokens in a process: bytes for each entry, and the largest
 * part of all that one token may take */
#define AJWT_CACHED_TOKENS_BYTES     4096
#define AJWT_CACHED_TOKENS_MAX_PARTS 4

/* How many places are searched to make room for one token, and the seconds in
 * which a sweep for expired tokens visits all places */
#define AJWT_CACHED_TOKENS_LOOK    256
#define AJWT_CACHED_TOKENS_SWEEP_S 16

/* How long clients may keep protected-resource metadata */
#define AJWT_RESOURCE_MAX_AGE_S 3600

#endif
