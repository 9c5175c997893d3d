/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/config/metadata.h"

#include <apr_strings.h>

#include "httpd/config/effective.h"

const ajwt_metadata_document *ajwt_metadata_find(
    const apr_array_header_t *documents, const server_rec *server,
    const char *path)
{
    int i;

    for (i = 0; i < documents->nelts; i++) {
        const ajwt_metadata_document *document =
            &APR_ARRAY_IDX(documents, i, ajwt_metadata_document);

        if (document->server == server &&
            strcmp(document->line->resource->path, path) == 0)
            return document;
    }
    return NULL;
}

static const char *format_error(const ajwt_metadata_line *line,
                                const char *what, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s:%d: AuthJWTResource: %s",
                        line->directive->filename, line->directive->line_num,
                        what);
}

static const char *format_conflict(const ajwt_metadata_line *line,
                                   const ajwt_metadata_line *other,
                                   apr_pool_t *pool)
{
    return format_error(
        line,
        apr_psprintf(pool,
                     "%s:%d describes %s differently: write the same "
                     "values, or another path",
                     other->directive->filename, other->directive->line_num,
                     other->resource->path),
        pool);
}

/*
 * Gets the settings of the line's section, as far as they are known without a
 * request.
 */
static void get_section(ajwt_section *section, const ajwt_section *defaults,
                        const ajwt_metadata_line *line,
                        const server_rec *server)
{
    static const ajwt_section nothing;

    ajwt_effective_at(section, defaults,
                      line->is_of_server ? &nothing : line->section, server);
}

static const char *add_document(apr_array_header_t *documents,
                                const ajwt_metadata_line *line,
                                const ajwt_section *defaults,
                                const server_rec *server)
{
    apr_pool_t *pool = documents->pool;
    const ajwt_metadata_document *same =
        ajwt_metadata_find(documents, server, line->resource->path);
    ajwt_metadata_document document = {line, server, NULL};
    ajwt_section section;

    get_section(&section, defaults, line, server);
    if (section.resource != line->resource) /* a virtual host replaces it */
        return NULL;
    if (!section.issuers)
        return format_error(
            line,
            "no issuer is configured: write AuthJWTIssuer into this section",
            pool);
    document.text = ajwt_resource_print(line->resource, section.issuers,
                                        section.token_sources, pool);
    if (!same)
        APR_ARRAY_PUSH(documents, ajwt_metadata_document) = document;
    else if (same->line->server == line->server &&
             strcmp(same->text, document.text) != 0)
        return format_conflict(line, same->line, pool);
    return NULL;
}

static const char *add_documents(apr_array_header_t *documents,
                                 const apr_array_header_t *lines,
                                 const ajwt_section *defaults,
                                 const server_rec *server,
                                 const server_rec *written_in)
{
    const char *error = NULL;
    int i;

    for (i = 0; i < lines->nelts && !error; i++) {
        const ajwt_metadata_line *line =
            APR_ARRAY_IDX(lines, i, const ajwt_metadata_line *);

        if (line->server == written_in)
            error = add_document(documents, line, defaults, server);
    }
    return error;
}

/* Adds the lines of a virtual host before those of the main server. */
const char *ajwt_metadata_print(apr_array_header_t *documents,
                                const apr_array_header_t *lines,
                                const ajwt_section *defaults,
                                const server_rec *servers)
{
    const server_rec *server;
    const char *error = NULL;

    for (server = servers; server && !error; server = server->next) {
        error = add_documents(documents, lines, defaults, server, server);
        if (!error && server != servers)
            error = add_documents(documents, lines, defaults, server, servers);
    }
    return error;
}
