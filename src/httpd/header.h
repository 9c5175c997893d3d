/*
 * Which claims does a backend find in request headers, and how is a client kept
 * from writing them?
 *
 * What a client sends under a name that would read the same to some backend is
 * removed before anything else happens, whatever becomes of the request.
 */
#ifndef AJWT_HTTPD_HEADER_H
#define AJWT_HTTPD_HEADER_H

#include "core/path.h"
#include "httpd/words.h"

/* One AuthJWTHeader line */
typedef struct ajwt_header {
    const char *name;
    const ajwt_path *path;
} ajwt_header;

/** AuthJWTHeader NAME PATH, added to headers.  NULL, or an error in words. */
const char *ajwt_header_parse(apr_array_header_t **headers,
                              const ajwt_words *in);

/** post_perdir_config: removes what could be taken for the section's. */
int ajwt_header_clear(request_rec *r);

/** fixups: sets the section's headers, for a request that was accepted. */
int ajwt_header_fixups(request_rec *r);

#endif
