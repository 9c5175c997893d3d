/*
 * Who looks whether key sets are due, and who parses what was published?
 *
 * mod_watchdog, in the background: one child looks for what is to be fetched,
 * and when it dies mod_watchdog has another one do so; each child parses.
 * Where mod_watchdog is not loaded, requests have it done: none of them
 * fetches itself, and none waits whose keys are at hand.
 */
#ifndef AJWT_HTTPD_BACKGROUND_H
#define AJWT_HTTPD_BACKGROUND_H

#include "httpd/config.h"
#include "keys/keyring.h"

/** In post_config: reads key files, as the parent, and has mod_watchdog look.
 */
apr_status_t ajwt_background_prepare(ajwt_shared *of,
                                     const ajwt_settings *configured,
                                     apr_pool_t *pconf, apr_pool_t *ptemp);

/** In child_init, before there are threads; *begun is NULL when it fails. */
apr_status_t ajwt_background_begin(ajwt_keyring **begun, apr_pool_t *pchild);

/** When the child ends: from then on nothing is begun. */
void ajwt_background_end(void);

/**
 * A request is about to judge by these keys: without mod_watchdog that is when
 * somebody looks.
 */
void ajwt_background_look(const ajwt_source *source);

#endif
