/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a slot get a new key set?
 *
 * Lease, load without any lock, check, publish.  A set that cannot be used
 * never replaces one that can.  A good one is saved, where the administrator
 * named a directory, and is used again after a cold start.  The fetcher process
 * does this; when it is killed, the next one ends the lease that it left.
 */
#ifndef AJWT_KEYS_REFRESHER_H
#define AJWT_KEYS_REFRESHER_H

#include "keys/keyring.h"
#include "keys/shm_slots.h"
#include "net/http_fetch.h"

typedef struct ajwt_refresher {
    ajwt_shm_slots *shared;
    const ajwt_refresh_schedule *schedule;
    const ajwt_fetcher *fetcher;
    const char *state_dir; /* where good sets are saved; NULL: nowhere */
    apr_time_t (*now)(void);
} ajwt_refresher;

/* What there is to tell the administrator */
typedef struct ajwt_refresh_result {
    ajwt_reason reason;        /* ACCEPTED: published */
    const char *detail;        /* NULL, or what went wrong, in words */
    const ajwt_keyset *keyset; /* what was read, for its notes; or NULL */
    int is_changed;            /* other keys than before */
    int is_news;               /* of a failure: worth a warning */
    int failures;              /* of a success: how many came before */
    int ends_outage;           /* requests were answered 503 until now */
    apr_time_t fetched_at;     /* of the set that serves; 0: there is none */
    apr_time_t stale_at;       /* until when it does */
    ajwt_reason saved;         /* ACCEPTED: it was, or need not be */
    const char *saved_detail;
} ajwt_refresh_result;

/**
 * When the next attempt is to begin: now or earlier, when it is due.  Of a
 * file: when to look at it again.
 */
apr_time_t ajwt_refresher_next_at(const ajwt_refresher *renewer,
                                  const ajwt_source *source, apr_pool_t *pool);

/**
 * When a fetcher process starts: ends the lease of one that died; after a
 * restart of httpd an attempt is allowed at once.  0: it is a file in a folder
 * that this process cannot see, so it is not watched.
 */
int ajwt_refresher_resume(const ajwt_refresher *renewer,
                          const ajwt_source *source, int is_restart,
                          apr_pool_t *pool);

/**
 * Attempts it if it is due and no other thread does.  0: it was not, or it came
 * too late and changed nothing; otherwise *renewal says how it ended.
 */
int ajwt_refresher_run(ajwt_refresh_result *renewal,
                       const ajwt_refresher *renewer, const ajwt_source *source,
                       apr_pool_t *pool);

/**
 * Publishes what was saved, if nothing serves: with its age, and due for a
 * refresh at once.  Refuses with STATE_UNUSABLE and the reasons of
 * ajwt_keyset_parse; *detail says why, in words, or is NULL.
 */
AJWT_MUST_USE ajwt_reason ajwt_refresher_restore(const char **detail,
                                                 const ajwt_refresher *renewer,
                                                 const ajwt_source *source,
                                                 apr_pool_t *pool);

#endif
