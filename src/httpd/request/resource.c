/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/resource.h"

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include "core/limits.h"
#include "httpd/config/config.h"
#include "httpd/config/metadata.h"

/*
 * Fetch standard 3.2: pages of other origins may read it, because it is public.
 */
static void allow_other_origins(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Access-Control-Allow-Origin", "*");
    if (r->method_number != M_OPTIONS)
        return;
    apr_table_setn(r->headers_out, "Access-Control-Allow-Methods",
                   "GET, HEAD, OPTIONS");
    apr_table_setn(r->headers_out, "Access-Control-Allow-Headers", "*");
    apr_table_setn(r->headers_out, "Access-Control-Max-Age",
                   APR_STRINGIFY(AJWT_RESOURCE_MAX_AGE_S));
}

static int send_document(request_rec *r, const char *text)
{
    apr_table_setn(r->headers_out, "Cache-Control",
                   "public, max-age=" APR_STRINGIFY(AJWT_RESOURCE_MAX_AGE_S));
    ap_set_content_type(r, "application/json");
    ap_set_content_length(r, (apr_off_t)strlen(text));
    ap_rputs(text, r);
    return OK;
}

/*
 * In quick_handler, r->uri is the path that the client sent, without the query.
 */
int ajwt_resource_answer(request_rec *r, int is_lookup)
{
    const ajwt_metadata_document *document;
    int status;

    if (is_lookup || strncmp(r->uri, AJWT_RESOURCE_WELL_KNOWN,
                             sizeof AJWT_RESOURCE_WELL_KNOWN - 1) != 0)
        return DECLINED;
    document = ajwt_metadata_find(ajwt_config_documents(), r->server, r->uri);
    if (!document)
        return DECLINED;
    allow_other_origins(r);
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);
    if (r->method_number != M_GET && r->method_number != M_OPTIONS)
        return HTTP_METHOD_NOT_ALLOWED;
    status = ap_discard_request_body(r);
    if (status != OK)
        return status;
    if (r->method_number == M_GET)
        return send_document(r, document->text);
    r->status = HTTP_NO_CONTENT;
    return OK;
}
