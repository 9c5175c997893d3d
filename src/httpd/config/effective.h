/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effective settings of a section: its own, then those of the server it is in,
 * then the defaults.
 */
#ifndef AJWT_HTTPD_CONFIG_EFFECTIVE_H
#define AJWT_HTTPD_CONFIG_EFFECTIVE_H

#include "config/section.h"
#include "httpd/module.h"

/** Merges them, as far as they are known without a request. */
void ajwt_effective_at(ajwt_section *section, const ajwt_section *defaults,
                       const ajwt_section *inner, const server_rec *server);

#endif
