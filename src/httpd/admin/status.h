/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fresh are the keys, and what was answered?  (SetHandler jwt-status)
 *
 * What there is to tell is collected once, into plain text and numbers; then
 * one writer a format.  No token, and nothing of one, is in it.  Who may see it
 * is the administrator's to say.
 */
#ifndef AJWT_HTTPD_ADMIN_STATUS_H
#define AJWT_HTTPD_ADMIN_STATUS_H

#include <apr_tables.h>

#include "core/alg.h"
#include "core/reason.h"
#include "httpd/module.h"

typedef enum ajwt_keyset_state {
    AJWT_KEYSET_FRESH,
    AJWT_KEYSET_DUE, /* serves, and is to be renewed or could not be */
    AJWT_KEYSET_STALE,
    AJWT_KEYSET_NEVER_LOADED,
    AJWT_KEYSET_FIXED,  /* a secret: came with the configuration */
    AJWT_KEYSET_HIDDEN, /* this process could not look */
    AJWT_KEYSET_STATE_COUNT
} ajwt_keyset_state;

/* Of the set that serves */
typedef struct ajwt_status_key {
    const char *kid;            /* NULL: none */
    const char *kty;            /* NULL: not understood */
    const char *crv;            /* NULL: none, or the same */
    int bits;                   /* 0: not known */
    ajwt_alg_set algs;          /* what it verifies; 0: it is not used */
    const ajwt_reason_row *why; /* what is wrong with it; NULL: nothing */
    const char *detail;         /* which member, and what; NULL: nothing */
    const char *repairs;        /* what was read tolerantly; NULL: nothing */
} ajwt_status_key;

/* What is odd about the set as a whole */
typedef struct ajwt_status_remark {
    const ajwt_reason_row *why;
    const char *detail;
} ajwt_status_remark;

/* A time that is not known, or never comes, is 0. */
typedef struct ajwt_status_keyset {
    const char *source;
    ajwt_keyset_state state;
    int is_remote;
    int is_being_fetched;
    apr_time_t fetched_at; /* or read */
    apr_time_t next_at;    /* the next attempt */
    apr_time_t stale_at;
    int failures;                   /* in a row, until now */
    const ajwt_reason_row *failure; /* the last one; NULL: none */
    const char *failure_detail;     /* NULL: none */
    apr_time_t failed_at;
    int usable;                  /* how many keys are used */
    apr_array_header_t *keys;    /* ajwt_status_key */
    apr_array_header_t *remarks; /* ajwt_status_remark */
} ajwt_status_keyset;

typedef struct ajwt_status_count {
    const ajwt_reason_row *reason;
    int is_of_keys; /* of attempts to load them, not of requests */
    apr_uint64_t answered, reported;
} ajwt_status_count;

typedef struct ajwt_status {
    const char *server;
    apr_time_t now;
    apr_time_t since; /* of the counts */
    apr_uint64_t accepted, refused, reported;
    int has_verdict_cache;
    apr_uint64_t hits, misses;
    ajwt_status_count counts[AJWT_REASON_COUNT];
    apr_array_header_t *keysets; /* ajwt_status_keyset */
} ajwt_status;

/** fresh, due, stale, never-loaded, fixed, hidden */
const char *ajwt_status_state_name(ajwt_keyset_state state);

void ajwt_status_write_html(request_rec *r, const ajwt_status *status);
void ajwt_status_write_json(request_rec *r, const ajwt_status *status);
void ajwt_status_write_prometheus(request_rec *r, const ajwt_status *status);

/** handler */
int ajwt_status_handler(request_rec *r);

/** The short form on mod_status's page, where that is loaded. */
void ajwt_status_register(void);

#endif
