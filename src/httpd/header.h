/*
 * Which claims does a backend find in request headers, and how is a client kept
 * from writing them?
 *
 * What a client sends under such a name (core/fold says which names are one) is
 * removed from every request, before anything is known about its token.
 */
#ifndef AJWT_HTTPD_HEADER_H
#define AJWT_HTTPD_HEADER_H

#include "core/path.h"
#include "httpd/module.h"
#include "httpd/token_source.h"
#include "keys/words.h"

typedef struct ajwt_header {
    const char *name;
    const ajwt_path *path;
} ajwt_header;

/**
 * AuthJWTHeader NAME PATH, added to headers, an array of ajwt_header that is
 * made for the first.  NULL, or an error in words.
 */
const char *ajwt_header_parse(apr_array_header_t **headers,
                              const ajwt_words *in);

/**
 * NULL, or what is wrong when a section takes tokens from a header that it also
 * removes.  Either list may be NULL.
 */
const char *ajwt_header_check(const apr_array_header_t *headers,
                              const apr_array_header_t *token_sources,
                              const ajwt_words *in);

void ajwt_header_register(void);

/** post_perdir_config: removes what the client sent. */
int ajwt_header_post_perdir(request_rec *r);

/** fixups: sets what an accepted token says. */
int ajwt_header_fixups(request_rec *r);

/**
 * handler, which declines: the same two again where another section has come
 * to hold in between, as mod_dir brings about for an index.
 */
int ajwt_header_handler(request_rec *r);

#endif
