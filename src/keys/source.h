/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key source of an issuer: a file, a secret, a URL, or the issuer's discovery
 * document.
 *
 * Sections that configure the same location share one source, and so one slot
 * and one fetch. httpd's parent reads files with the configuration, because it
 * may be the only process with read permission.
 */
#ifndef AJWT_KEYS_SOURCE_H
#define AJWT_KEYS_SOURCE_H

#include <apr_hash.h>
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

struct ajwt_source;

/*
 * Parses the text of a source into pool: today always a key set. Slots store
 * the text, keys/refresher and keys/keyring parse it, and only this function
 * knows what it contains. So another kind of document needs another function,
 * and nothing else here. There is no function to free a document: what is not
 * in pool registers its cleanup there.
 *
 * If the text is refused, *detail is the error, and *document is what could be
 * parsed, for the log, or NULL. Otherwise *detail is not changed.
 */
typedef ajwt_reason ajwt_document_parse(const void **document,
                                        const char **detail,
                                        const struct ajwt_source *source,
                                        ajwt_bytes text, apr_pool_t *pool);

typedef struct ajwt_source {
    ajwt_source_kind kind;
    ajwt_document_parse *parse;
    const char *name;     /* equal names mean the same source */
    const char *location; /* path or URL */
    const char *fallback; /* AJWT_SOURCE_DISCOVERY: URL to try after a 404;
                             NULL: metadata= sets the URL */
    const char *issuer;   /* AJWT_SOURCE_DISCOVERY: expected issuer */
    /* the content when the configuration was read: */
    const ajwt_keyset *keyset; /* FILE, SECRET */
    ajwt_file_mark mark;       /* FILE: of the file */
    ajwt_alg_set algs;         /* what keyset can verify, or 0 */
    int index;                 /* in ajwt_sources */
} ajwt_source;

/* All sources of a configuration */
typedef struct ajwt_sources {
    apr_array_header_t *list; /* const ajwt_source *, by index */
    apr_hash_t *by_name;
    apr_pool_t *scratch; /* for names to look up */
} ajwt_sources;

ajwt_sources *ajwt_sources_make(apr_pool_t *pool);

/** Returns an equal source if there is one; otherwise adds this one. */
const ajwt_source *ajwt_sources_add(ajwt_sources *sources, ajwt_source *source);

const ajwt_source *ajwt_sources_get(const ajwt_sources *sources, int index);

/**
 * The source of a file of keys or of a secret that was read before, or NULL:
 * a file that thousands of sections name is read once.
 */
const ajwt_source *ajwt_sources_find_file(const ajwt_sources *sources,
                                          ajwt_source_kind kind,
                                          const char *path);

/**
 * Whether its keys can change, and so are in shared memory; a secret does not.
 */
int ajwt_source_is_shared(const ajwt_source *source);

/** Determines which keys its sets may contain. */
ajwt_origin ajwt_source_origin(const ajwt_source *source);

/** Whether it is fetched over the network. */
int ajwt_source_is_remote(const ajwt_source *source);

/**
 * NULL, or what is wrong with a URL: it must be https, or http to a loopback
 * host, without user info and fragment.
 */
const char *ajwt_source_check_url(const char *url);

/** The host of a URL as libcurl parses it; "" if it has none. */
const char *ajwt_source_host(const char *url, apr_pool_t *pool);

/** NULL, or what is wrong with a proxy's URL. */
const char *ajwt_source_check_proxy(const char *url);

/* Each of these returns NULL and an error message in *error on failure. */
ajwt_source *ajwt_source_from_file(const char **error, const char *path,
                                   apr_pool_t *pool);
ajwt_source *ajwt_source_from_secret(const char **error, const char *path,
                                     apr_pool_t *pool);
ajwt_source *ajwt_source_from_jwks(const char **error, const char *url,
                                   apr_pool_t *pool);

/**
 * url is NULL: use the issuer's own document (OIDC Discovery 4, RFC 8414 3).
 */
ajwt_source *ajwt_source_from_discovery(const char **error, const char *issuer,
                                        const char *url, apr_pool_t *pool);

#endif
