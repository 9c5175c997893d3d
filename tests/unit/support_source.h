/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the tests of the keys floor share?
 *
 * Files that go with the pool, lines of a configuration, sources, a segment
 * with its mutex, key sets that tell which one they are, an issuer that answers
 * from a table, and a clock that stands until the test moves it.
 */
#ifndef AJWT_TESTS_SUPPORT_SOURCE_H
#define AJWT_TESTS_SUPPORT_SOURCE_H

#include "support.h"

#include "config/issuer.h"
#include "keys/keyring.h"
#include "keys/shm_slots.h"
#include "keys/source.h"
#include "net/http_fetch.h"

/* --- files --- */

/** A new folder, which goes with pool and with all that is in it. */
const char *support_folder(apr_pool_t *pool);

/** Puts a new file in the place of folder/name; returns its path. */
const char *support_write(const char *folder, const char *name,
                          ajwt_bytes bytes, apr_pool_t *pool);
const char *support_write_text(const char *folder, const char *name,
                               const char *text, apr_pool_t *pool);

/* --- directives --- */

/** words, which spaces separate, as they stand behind directive. */
ajwt_args support_line(const char *directive, const char *words,
                       apr_pool_t *pool);

/** Of an AuthJWTIssuer line; fails the test when it is refused. */
void support_add_issuer(ajwt_issuers *issuers, const char *words,
                        apr_pool_t *pool);

/* --- sources in shared memory --- */

/** jwks= of each URL; ended by NULL. */
ajwt_sources *support_sources(apr_pool_t *pool, ...);

/** Makes one of them; fails the test when the URL is refused. */
const ajwt_source *support_add_jwks(ajwt_sources *sources, const char *url,
                                    apr_pool_t *pool);

/* As the server has it: a segment for each source, found by its name */
typedef struct support_segment {
    apr_hash_t *memory;
    ajwt_shm_slots_head *head;
    apr_global_mutex_t *mutex;
    apr_pool_t *pool;
} support_segment;

support_segment support_make_segment(apr_pool_t *pool);

/** With a new segment for each source that had none. */
ajwt_shm_slots *support_bind(const support_segment *segment,
                             const ajwt_sources *sources, apr_pool_t *pool);

/** The memory of a source that was bound. */
void *support_memory(const support_segment *segment, const ajwt_source *source);

/** Nobody fetches: wakes are counted, and as many may wait as in the server. */
typedef struct support_client {
    ajwt_fetcher_client client; /* first, so that it is found again */
    ajwt_waiters waiters;
    atomic_int wakes, is_gone;
} support_client;

support_client *support_make_client(apr_pool_t *pool);

/** Locks, publishes, unlocks. */
void support_publish(ajwt_shm_slots *shared, const ajwt_source *source,
                     const char *text);

/** What serves, as a string; NULL: it cannot be read. */
const char *support_serving(ajwt_shm_slots *shared, const ajwt_source *source,
                            apr_pool_t *pool);

void support_expect_serving(ajwt_shm_slots *shared, const ajwt_source *source,
                            const char *text, apr_pool_t *pool);

/* --- key sets that tell which one they are --- */

/** Three keys, whose kids hold the number. */
const char *support_numbered_jwks(int number, apr_pool_t *pool);

/** The number; -1 when keyset is not whole, and when it is NULL. */
int support_number_of(const ajwt_keyset *keyset);

/* --- an issuer, and the clock --- */

typedef struct support_answer {
    const char *url;
    const char *body;   /* NULL: refused */
    ajwt_reason reason; /* of the refusal */
    long status;        /* of it */
    int max_age_s;
    const char *etag; /* NULL: none; asked with it, the answer is 304 */
} support_answer;

typedef struct support_issuer {
    ajwt_fetcher fetcher;          /* first, so that it is found again */
    const support_answer *answers; /* ended by a NULL url; else: FETCH_FAILED */
    const char *asked;             /* the URLs that were, with a space each */
    apr_time_t deadline;           /* of the last one */
    const char *etag;              /* that it was asked with, or NULL */
    int is_foreign;                /* whether a document had named it */
} support_issuer;

/** Until answers changes, it gives these; asked lives in pool. */
support_issuer *support_make_issuer(const support_answer *answers,
                                    apr_pool_t *pool);

/** For whom the clock is injected. */
extern apr_time_t support_clock;
apr_time_t support_now(void);

#endif
