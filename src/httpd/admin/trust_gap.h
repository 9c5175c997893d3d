/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds sections that require tokens but trust no issuer or accept no audience,
 * so that their requests are answered 500.
 *
 * A section counts only if it is certain that no other section adds what it
 * lacks, at least for requests with its own path.
 */
#ifndef AJWT_HTTPD_ADMIN_TRUST_GAP_H
#define AJWT_HTTPD_ADMIN_TRUST_GAP_H

#include "core/reason.h"
#include "httpd/admin/conf_tree.h"

/**
 * Returns ISSUER_UNCONFIGURED or AUDIENCE_UNCONFIGURED, or ACCEPTED if nothing
 * is lacking, or if a section around this one lacks the same.  tree: every
 * section.
 */
AJWT_MUST_USE ajwt_reason ajwt_trust_gap_find(const ajwt_conf_section *section,
                                              const ajwt_conf_tree *tree,
                                              apr_pool_t *pool);

#endif
