/*
 * What does the application see of a token?
 */
#ifndef AJWT_HTTPD_EXPORT_H
#define AJWT_HTTPD_EXPORT_H

#include "httpd/config.h"
#include "httpd/verdict.h"

/**
 * access_checker, of a section for bearers: removes variables that could be
 * taken for those of an accepted token.  SetEnvIf, say, may have made them of
 * what a client sent.
 */
int ajwt_export_clear(request_rec *r);

/** Sets the variables of an accepted token in r's environment. */
void ajwt_export_set(request_rec *r, ajwt_verdict *verdict,
                     const ajwt_section *section);

/** fixups: sets them again, since an internal redirect renames them. */
int ajwt_export_fixups(request_rec *r);

#endif
