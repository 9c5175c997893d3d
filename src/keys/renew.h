/*
 * How does a slot get a new key set?
 *
 * Lease, load without any lock, judge, publish.  A set that cannot be used
 * never replaces one that can.  A good one is saved, where the administrator
 * named a folder, and serves again after a cold start.  When the child that
 * fetches is killed, nobody ends its lease: it runs out by itself after the
 * fetch time-out and a margin, and by then mod_watchdog has given the work to
 * another child.
 */
#ifndef AJWT_KEYS_RENEW_H
#define AJWT_KEYS_RENEW_H

#include "keys/fetch.h"
#include "keys/keyring.h"
#include "keys/shared.h"

typedef struct ajwt_renewer {
    ajwt_shared *shared;
    const ajwt_schedule *schedule;
    const ajwt_fetcher *fetcher;
    const char *state_dir; /* where good sets are saved; NULL: nowhere */
    apr_time_t (*now)(void);
} ajwt_renewer;

/* What there is to tell the administrator */
typedef struct ajwt_renewal {
    ajwt_reason reason;        /* ACCEPTED: published */
    const char *detail;        /* NULL, or what went wrong, in words */
    const ajwt_keyset *keyset; /* what was read, for its notes; or NULL */
    int is_changed;            /* other keys than before */
    int is_news;               /* of a failure: worth a warning */
    int failures;              /* of a success: how many came before */
    apr_time_t fetched_at;     /* of the set that serves; 0: there is none */
    apr_time_t stale_at;       /* until when it does */
    ajwt_reason saved;         /* ACCEPTED: it was, or need not be */
    const char *saved_detail;
} ajwt_renewal;

/** A cheap question: whether ajwt_renew would begin an attempt now. */
int ajwt_renew_is_due(const ajwt_renewer *renewer, const ajwt_source *source,
                      apr_pool_t *pool);

/**
 * Whether whoever is to look has not done so in time, since its process died.
 * Never of a file.
 */
int ajwt_renew_is_overdue(const ajwt_renewer *renewer,
                          const ajwt_source *source);

/**
 * Attempts it if it is due and nobody else does.  0: it was not, or it was
 * given up because the process ends, or it came too late and changed nothing;
 * else *renewal says how it ended.
 */
int ajwt_renew(ajwt_renewal *renewal, const ajwt_renewer *renewer,
               const ajwt_source *source, apr_pool_t *pool);

/**
 * Has what was saved serve, if nothing does: with its age, and due for a
 * refresh at once.  Refuses with STATE_UNUSABLE and the reasons of
 * ajwt_keyset_parse, to the first process that tries; *detail says why, in
 * words, or is NULL.
 */
AJWT_MUST_USE ajwt_reason ajwt_renew_restore(const char **detail,
                                             const ajwt_renewer *renewer,
                                             const ajwt_source *source,
                                             apr_pool_t *pool);

#endif
