/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status of key sets and counts of results (SetHandler jwt-status).
 *
 * The data is collected once, as plain text and numbers, for one writer for
 * each format.  It contains no token and no part of one.  The administrator's
 * Require lines decide who can read it.
 */
#ifndef AJWT_HTTPD_ADMIN_STATUS_H
#define AJWT_HTTPD_ADMIN_STATUS_H

#include <apr_tables.h>

#include "core/alg.h"
#include "core/reason.h"
#include "httpd/module.h"

typedef enum ajwt_keyset_state {
    AJWT_KEYSET_FRESH,
    AJWT_KEYSET_DUE, /* in use; a fetch is due, or the last one failed */
    AJWT_KEYSET_STALE,
    AJWT_KEYSET_NEVER_LOADED,
    AJWT_KEYSET_FIXED,  /* a secret, read with the configuration */
    AJWT_KEYSET_HIDDEN, /* this process cannot read it */
    AJWT_KEYSET_STATE_COUNT
} ajwt_keyset_state;

/* A key of the set that is in use */
typedef struct ajwt_status_key {
    const char *kid;   /* NULL: none */
    const char *kty;   /* NULL: not supported */
    const char *crv;   /* NULL: none or not known */
    int bits;          /* 0: not known */
    ajwt_alg_set algs; /* algorithms that it verifies; 0: it is not used */
    const ajwt_reason_row *why; /* problem with the key; NULL: none */
    const char *detail;  /* which member, and the problem; NULL: nothing */
    const char *repairs; /* tolerated deviations; NULL: none */
} ajwt_status_key;

/* A problem with the set as a whole */
typedef struct ajwt_status_remark {
    const ajwt_reason_row *why;
    const char *detail;
} ajwt_status_remark;

/* A time that is not known, or that never comes, is 0. */
typedef struct ajwt_status_keyset {
    const char *source;
    ajwt_keyset_state state;
    int is_remote;
    int is_being_fetched;
    apr_time_t fetched_at; /* or read */
    apr_time_t next_at;    /* time of the next attempt */
    apr_time_t stale_at;
    int failures;                   /* in a row, up to now */
    const ajwt_reason_row *failure; /* the last failure; NULL: none */
    const char *failure_detail;     /* NULL: none */
    apr_time_t failed_at;
    int usable;                  /* number of keys in use */
    apr_array_header_t *keys;    /* ajwt_status_key */
    apr_array_header_t *remarks; /* ajwt_status_remark */
} ajwt_status_keyset;

typedef struct ajwt_status_count {
    const ajwt_reason_row *reason;
    int is_of_keys; /* counts attempts to load keys, not requests */
    apr_uint64_t answered, reported;
} ajwt_status_count;

typedef struct ajwt_status {
    const char *server;
    apr_time_t now;
    apr_time_t since; /* start of counting */
    apr_uint64_t accepted, refused, reported;
    int has_verdict_cache;
    apr_uint64_t hits, misses;
    ajwt_status_count counts[AJWT_REASON_COUNT];
    apr_array_header_t *keysets; /* ajwt_status_keyset */
} ajwt_status;

/**
 * Returns the name of a state: fresh, due, stale, never-loaded, fixed, hidden.
 */
const char *ajwt_status_state_name(ajwt_keyset_state state);

void ajwt_status_write_html(request_rec *r, const ajwt_status *status);
void ajwt_status_write_json(request_rec *r, const ajwt_status *status);
void ajwt_status_write_prometheus(request_rec *r, const ajwt_status *status);

/** handler */
int ajwt_status_handler(request_rec *r);

/** Registers a short version of the page for mod_status, if that is loaded. */
void ajwt_status_register(void);

#endif
