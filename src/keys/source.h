/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where did the administrator say that an issuer's keys are?
 *
 * A file, a secret, a URL, or the issuer's discovery document.  Two sections
 * that name the same place share one source, and so one slot and one fetch.
 * httpd's parent reads files with the configuration, since it may be the only
 * process that can read them.
 */
#ifndef AJWT_KEYS_SOURCE_H
#define AJWT_KEYS_SOURCE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "core/keyset.h"
#include "net/file.h"

typedef enum ajwt_source_kind {
    AJWT_SOURCE_FILE,     /* keys= */
    AJWT_SOURCE_SECRET,   /* secret= */
    AJWT_SOURCE_JWKS,     /* jwks= */
    AJWT_SOURCE_DISCOVERY /* metadata=, or the issuer's own */
} ajwt_source_kind;

typedef struct ajwt_source {
    ajwt_source_kind kind;
    const char *name;     /* what it is, in words: equal names, same source */
    const char *location; /* path or URL */
    const char *fallback; /* AJWT_SOURCE_DISCOVERY: URL to try after a 404;
                             NULL: metadata= names the document */
    const char *issuer;   /* AJWT_SOURCE_DISCOVERY: whom it must speak of */
    /* what was on disk when the configuration was read: */
    const ajwt_keyset *keyset; /* FILE, SECRET */
    ajwt_file_mark mark;       /* FILE: of the file that holds it */
    ajwt_alg_set algs;         /* what it can verify, or 0 */
    int index;                 /* in ajwt_sources */
} ajwt_source;

/* All sources of a configuration: an array of const ajwt_source * */
typedef apr_array_header_t ajwt_sources;

ajwt_sources *ajwt_sources_make(apr_pool_t *pool);

/** The equal source that is already there, else this one. */
const ajwt_source *ajwt_sources_add(ajwt_sources *sources, ajwt_source *source);

const ajwt_source *ajwt_sources_get(const ajwt_sources *sources, int index);

/** Whether it can change, so that it lives in shared memory: secrets do not. */
int ajwt_source_is_shared(const ajwt_source *source);

/** What its key sets may hold. */
ajwt_origin ajwt_source_origin(const ajwt_source *source);

/**
 * Why no key of text can be used, and what helps: see core/document.  keyset:
 * what was parsed of it, or NULL.
 */
const char *ajwt_source_explain(const ajwt_source *source, ajwt_bytes text,
                                const ajwt_keyset *keyset, apr_pool_t *pool);

/** Whether it has to be fetched over the network. */
int ajwt_source_is_remote(const ajwt_source *source);

/**
 * NULL, or what is wrong with a URL, in words: it must be https, or http to a
 * loopback host, without user info and fragment.
 */
const char *ajwt_source_check_url(const char *url);

/** The host of a URL as libcurl will look it up; "" when it has none. */
const char *ajwt_source_host(const char *url, apr_pool_t *pool);

/** NULL, or what is wrong with a proxy's URL, in words. */
const char *ajwt_source_check_proxy(const char *url);

/* Each of these returns NULL and *error, in words, when it cannot be. */
ajwt_source *ajwt_source_from_file(const char **error, const char *path,
                                   apr_pool_t *pool);
ajwt_source *ajwt_source_from_secret(const char **error, const char *path,
                                     apr_pool_t *pool);
ajwt_source *ajwt_source_from_jwks(const char **error, const char *url,
                                   apr_pool_t *pool);

/** url is NULL: the issuer's own document (OIDC Discovery 4, RFC 8414 3). */
ajwt_source *ajwt_source_from_discovery(const char **error, const char *issuer,
                                        const char *url, apr_pool_t *pool);

#endif
