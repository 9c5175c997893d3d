/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds sections by virtual host, kind and path, so that the lint's time grows
 * with the number of sections and not with its square.
 *
 * It knows sections that are not nested.  A query finds the sections that can
 * be part of one virtual host with a given section.
 */
#ifndef AJWT_HTTPD_ADMIN_CONF_INDEX_H
#define AJWT_HTTPD_ADMIN_CONF_INDEX_H

#include "httpd/admin/conf_section.h"

typedef struct ajwt_conf_index ajwt_conf_index;

/** sections: const ajwt_conf_section * */
const ajwt_conf_index *ajwt_conf_index_make(const apr_array_header_t *sections,
                                            apr_pool_t *pool);

/*
 * Each of these adds const ajwt_conf_section * to found, in no order.  section
 * determines the virtual host.
 */

/** Adds the sections with a plain path that is path or above it. */
void ajwt_conf_index_add_above(apr_array_header_t *found,
                               const ajwt_conf_index *index,
                               const ajwt_conf_section *section,
                               ajwt_section_kind kind, const char *path);

/** Adds the sections with a plain path below path. */
void ajwt_conf_index_add_below(apr_array_header_t *found,
                               const ajwt_conf_index *index,
                               const ajwt_conf_section *section,
                               ajwt_section_kind kind, const char *path);

/** Adds the sections without a plain path. */
void ajwt_conf_index_add_patterns(apr_array_header_t *found,
                                  const ajwt_conf_index *index,
                                  const ajwt_conf_section *section,
                                  ajwt_section_kind kind);

/** Adds the sections without a plain path that apply to every path. */
void ajwt_conf_index_add_every_path(apr_array_header_t *found,
                                    const ajwt_conf_index *index,
                                    const ajwt_conf_section *section,
                                    ajwt_section_kind kind);

/** Adds all sections of a kind. */
void ajwt_conf_index_add_kind(apr_array_header_t *found,
                              const ajwt_conf_index *index,
                              const ajwt_conf_section *section,
                              ajwt_section_kind kind);

#endif
