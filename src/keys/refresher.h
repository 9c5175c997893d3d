/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refresh of the key set of a slot.
 *
 * The steps are: take the lease, load without any lock, check, publish. A set
 * that cannot be used never replaces a usable one. A usable set is saved if
 * AuthJWTStateDir is set, and restored after a cold start. The fetcher process
 * does this; if it is killed, the next one ends its lease.
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
    const char *state_dir; /* directory for saved sets; NULL: none */
    apr_time_t (*now)(void);
} ajwt_refresher;

/* Report of an attempt, for the log */
typedef struct ajwt_refresh_result {
    ajwt_reason reason;    /* ACCEPTED: published */
    const char *detail;    /* the error, or NULL */
    const void *document;  /* as the source's parse returned it, or NULL */
    int is_changed;        /* the keys differ from those before */
    int is_warning_due;    /* for a failure: log a warning */
    int failures;          /* for a success: the failures before it */
    int ends_outage;       /* requests were answered 503 until now */
    apr_time_t fetched_at; /* of the current set; 0: there is none */
    apr_time_t stale_at;   /* until when it may be used */
    ajwt_reason saved;     /* ACCEPTED: saved, or not needed */
    const char *saved_detail;
} ajwt_refresh_result;

/**
 * When the next attempt should begin; now or earlier if it is due. For a file:
 * when to check it again.
 */
apr_time_t ajwt_refresher_next_at(const ajwt_refresher *refresher,
                                  const ajwt_source *source, apr_pool_t *pool);

/**
 * Call when a fetcher process starts: ends the lease of one that died, and
 * after a restart of httpd allows an attempt at once. Returns 0 for a file in a
 * directory that this process cannot search: the file is not watched.
 */
int ajwt_refresher_resume(const ajwt_refresher *refresher,
                          const ajwt_source *source, int is_restart,
                          apr_pool_t *pool);

/**
 * Makes an attempt if one is due and no other is running. Returns 0 if there
 * was none, or if it lost its lease and changed nothing; otherwise *result
 * contains the result.
 */
int ajwt_refresher_run(ajwt_refresh_result *result,
                       const ajwt_refresher *refresher,
                       const ajwt_source *source, apr_pool_t *pool);

/**
 * Publishes the saved set if there is none yet: with its age, and due for a
 * refresh at once. Refuses with STATE_UNUSABLE and the reasons of
 * the source's parse; *detail contains the error, or is NULL.
 */
AJWT_MUST_USE ajwt_reason
ajwt_refresher_restore(const char **detail, const ajwt_refresher *refresher,
                       const ajwt_source *source, apr_pool_t *pool);

#endif
