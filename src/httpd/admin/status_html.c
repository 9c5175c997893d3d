/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <http_protocol.h>

#include "config/args.h"
#include "core/version.h"
#include "httpd/admin/status.h"

/* clang-format off */
static const char style[] =
":root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#1c2128;"
"--dim:#545d68;--line:#d5d9de;--track:#e4e7eb;--good:#187a43;--warn:#a65f00;"
"--bad:#c02626;--plain:#4a6fa5}\n"
"@media (prefers-color-scheme:dark){:root{--page:#111417;--card:#1b1f24;"
"--text:#e4e7ea;--dim:#a3abb4;--line:#363c43;--track:#2e343b;--good:#4cc38a;"
"--warn:#f0b352;--bad:#ff8a80;--plain:#8fb3e8}}\n"
"*{box-sizing:border-box}\n"
"body{margin:0;background:var(--page);color:var(--text);"
"font:1rem/1.5 system-ui,sans-serif}\n"
"main{max-width:60rem;margin:0 auto;padding:1rem}\n"
"h1{font-size:1.5rem;margin:.5rem 0 0}\n"
"h2{font-size:1.2rem;margin:2rem 0 .75rem}\n"
"h3{font-size:1rem;margin:0}h3 code{font-weight:600}\n"
"p{margin:.25rem 0}\n"
"code{font:.9em/1.4 ui-monospace,monospace;overflow-wrap:anywhere;"
"unicode-bidi:isolate}\n"
"small,.dim,dt,th{color:var(--dim);font-weight:400}\n"
"small{font-size:.85em}\n"
"dl,dd{margin:0}\n"
".card{background:var(--card);border:1px solid var(--line);"
"border-radius:.5rem;padding:1rem;margin:0 0 1rem}\n"
".tiles,.facts{display:grid;gap:.75rem;"
"grid-template-columns:repeat(auto-fit,minmax(9rem,1fr))}\n"
".tiles .card{margin:0}\n"
".tiles b{display:block;font-size:1.4rem;font-weight:400;line-height:1.3;"
"font-variant-numeric:tabular-nums;overflow-wrap:anywhere}\n"
".facts small{display:block;font-size:.8em}\n"
".state{display:inline-block;border:1px solid;border-radius:1rem;"
"padding:0 .6rem;margin:.25rem .5rem .25rem 0;font-size:.9rem;"
"font-weight:600}\n"
".fresh,.fixed{color:var(--good)}.due{color:var(--warn)}\n"
".stale,.never-loaded{color:var(--bad)}.hidden,.fetching,.plain"
"{color:var(--plain)}\n"
".bar{height:.5rem;border-radius:.25rem;background:var(--track);"
"overflow:hidden;margin:.4rem 0}\n"
".bar span{display:block;height:100%;min-width:2px;background:currentColor}\n"
".failure{border-left:.25rem solid var(--bad);padding-left:.75rem;"
"margin:1rem 0 0}\n"
".failure.past{border-color:var(--line)}\n"
"table{width:100%;border-collapse:collapse;margin:1rem 0 0}\n"
".keys{table-layout:fixed}.keys th{width:35%}.keys th+th{width:26%}"
".keys th+th+th{width:39%}\n"
"th,td{padding:.4rem .5rem;text-align:left;vertical-align:top;"
"border-top:1px solid var(--line)}\n"
"th:first-child,td:first-child{padding-left:0}\n"
"th:last-child,td:last-child{padding-right:0}\n"
"thead th{border:0;font-size:.85rem}\n"
".card>table:first-child{margin-top:-.4rem}\n"
".number{text-align:right;font-variant-numeric:tabular-nums}\n"
".reasons td{overflow-wrap:anywhere}.reasons code{font-weight:600}\n"
"@media (max-width:40rem){main{padding:.75rem}.card{padding:.75rem}"
"th,td{padding:.4rem .3rem}.keys{font-size:.9rem}.reasons{font-size:.85rem}"
".reasons small{display:block}}\n";
/* clang-format on */

static const char *escape_html(const char *text, const request_rec *r)
{
    return ap_escape_html(r->pool, text);
}

/* --- Times */

static const char *print_span(apr_time_t span, apr_pool_t *pool)
{
    const apr_int64_t s = apr_time_sec(span);

    if (s < 60)
        return apr_psprintf(pool, "%d s", (int)s);
    if (s < 3600)
        return apr_psprintf(pool, "%d min", (int)(s / 60));
    if (s < 86400)
        return apr_psprintf(pool, "%d h %d min", (int)(s / 3600),
                            (int)(s % 3600 / 60));
    return apr_psprintf(pool, "%d d %d h", (int)(s / 86400),
                        (int)(s % 86400 / 3600));
}

static const char *print_relative_time(apr_time_t time, apr_time_t now,
                                       apr_pool_t *pool)
{
    if (time > now)
        return apr_pstrcat(pool, "in ", print_span(time - now, pool), NULL);
    return apr_pstrcat(pool, print_span(now - time, pool), " ago", NULL);
}

static const char *print_date(apr_time_t time, apr_pool_t *pool)
{
    apr_time_exp_t gmt;

    apr_time_exp_gmt(&gmt, time);
    return apr_psprintf(pool,
                        "<time datetime=\"%04d-%02d-%02dT%02d:%02d:%02dZ\">"
                        "%04d-%02d-%02d %02d:%02d:%02dZ</time>",
                        gmt.tm_year + 1900, gmt.tm_mon + 1, gmt.tm_mday,
                        gmt.tm_hour, gmt.tm_min, gmt.tm_sec, gmt.tm_year + 1900,
                        gmt.tm_mon + 1, gmt.tm_mday, gmt.tm_hour, gmt.tm_min,
                        gmt.tm_sec);
}

/* --- Bars */

static int percentage(apr_uint64_t part, apr_uint64_t whole)
{
    if (part >= whole)
        return 100;
    return (int)((double)part / (double)whole * 100);
}

static void write_bar(request_rec *r, const char *colour, int percent,
                      const char *caption)
{
    ap_rprintf(r,
               "<div class=\"bar %s\" role=\"img\" title=\"%d %% %s\">"
               "<span style=\"width:%d%%\"></span></div>\n",
               colour, percent, caption, percent);
}

/* --- Requests */

static void write_tile(request_rec *r, const char *what, apr_uint64_t number,
                       const char *further)
{
    ap_rprintf(r,
               "<div class=\"card\"><dt>%s</dt><dd><b>%" APR_UINT64_T_FMT
               "</b>%s</dd></div>\n",
               what, number, further);
}

static const char *print_hit_rate(const ajwt_status *status, apr_pool_t *pool)
{
    const apr_uint64_t all = status->hits + status->misses;

    if (!status->has_verdict_cache)
        return "<small>off</small>";
    return apr_psprintf(
        pool,
        "<small>misses: %" APR_UINT64_T_FMT ", so %d&nbsp;%% hits</small>",
        status->misses, all ? percentage(status->hits, all) : 0);
}

static void write_tiles(request_rec *r, const ajwt_status *status)
{
    ap_rputs("<dl class=\"tiles\">\n", r);
    write_tile(r, "Tokens accepted", status->accepted, "");
    write_tile(r, "Requests refused", status->refused, "");
    write_tile(r, "Let through, reported", status->reported, "");
    write_tile(r, "Result cache hits", status->hits,
               print_hit_rate(status, r->pool));
    ap_rprintf(r, "</dl>\n<p class=\"dim\">Counted since %s (%s).</p>\n",
               print_date(status->since, r->pool),
               print_relative_time(status->since, status->now, r->pool));
}

static int is_shown(const ajwt_status_count *count)
{
    return count->answered || count->reported;
}

static apr_uint64_t find_largest_count(const ajwt_status *status)
{
    apr_uint64_t most = 1;
    int i;

    for (i = AJWT_ACCEPTED + 1; i < AJWT_REASON_COUNT; i++) {
        const ajwt_status_count *count = &status->counts[i];

        if (count->answered + count->reported > most)
            most = count->answered + count->reported;
    }
    return most;
}

/* Allows line breaks in a long name, for narrow screens. */
static void write_name(request_rec *r, const char *name)
{
    for (; *name; name++) {
        ap_rputc(*name, r);
        if (*name == '_')
            ap_rputs("<wbr>", r);
    }
}

/*
 * Bars compare refusals only: the number of accepted requests is usually much
 * larger.
 */
static void write_reason(request_rec *r, const ajwt_status_count *count,
                         apr_uint64_t most)
{
    ap_rvputs(r, "<tr><td><code>", count->reason->tag, "</code> ", NULL);
    write_name(r, count->reason->name);
    ap_rvputs(r, " <small>", escape_html(count->reason->text, r), "</small>",
              NULL);
    if (count->reason->status != HTTP_OK)
        write_bar(r, "plain",
                  percentage(count->answered + count->reported, most),
                  "of the most frequent");
    ap_rprintf(r,
               "</td><td class=\"number\">%" APR_UINT64_T_FMT
               "</td><td class=\"number\">%" APR_UINT64_T_FMT "</td></tr>\n",
               count->answered, count->reported);
}

static void write_reasons(request_rec *r, const ajwt_status *status)
{
    const apr_uint64_t most = find_largest_count(status);
    int i, shown = 0;

    ap_rputs("<h2>Reasons</h2>\n<div class=\"card\">\n"
             "<table class=\"reasons\">\n<thead><tr><th>Reason</th>"
             "<th class=\"number\">Answered</th>"
             "<th class=\"number\">Reported</th></tr></thead>\n<tbody>\n",
             r);
    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        if (is_shown(&status->counts[i])) {
            write_reason(r, &status->counts[i], most);
            shown++;
        }
    }
    ap_rprintf(r, "</tbody>\n</table>\n<p class=\"dim\">%s</p>\n</div>\n",
               shown ? "Reasons that never occurred are not shown. JWT06 "
                       "counts attempts to load keys, not requests."
                     : "There were no requests yet.");
}

/* --- Keys */

static const char *print_key_type(const ajwt_status_key *key, apr_pool_t *pool)
{
    if (!key->kty)
        return "<small>not known</small>";
    if (key->crv)
        return apr_pstrcat(pool, key->kty, " ", key->crv, NULL);
    return key->bits ? apr_psprintf(pool, "%s %d bits", key->kty, key->bits)
                     : key->kty;
}

static void write_detail(request_rec *r, const char *detail)
{
    if (detail)
        ap_rvputs(r, "<br><small>", escape_html(detail, r), "</small>", NULL);
}

static void write_key(request_rec *r, const ajwt_status_key *key)
{
    ap_rputs("<tr><td>", r);
    if (key->kid)
        ap_rvputs(r, "<code>", escape_html(key->kid, r), "</code>", NULL);
    else
        ap_rputs("<small>none</small>", r);
    ap_rvputs(r, "</td><td>", print_key_type(key, r->pool), "</td><td>",
              key->algs ? ajwt_args_print_algs(key->algs, ' ', r->pool)
                        : "<small>not used</small>",
              NULL);
    if (key->why)
        ap_rprintf(r, "<br><span class=\"due\">%s (%s)</span>", key->why->text,
                   key->why->tag);
    write_detail(r, key->detail);
    write_detail(r, key->repairs);
    ap_rputs("</td></tr>\n", r);
}

static void write_keys(request_rec *r, const ajwt_status_keyset *keyset)
{
    int i;

    if (!keyset->keys->nelts)
        return;
    ap_rputs(
        "<table class=\"keys\">\n<thead><tr><th>Key (kid)</th><th>Type</th>"
        "<th>Verifies</th></tr></thead>\n<tbody>\n",
        r);
    for (i = 0; i < keyset->keys->nelts; i++)
        write_key(r, &APR_ARRAY_IDX(keyset->keys, i, ajwt_status_key));
    ap_rputs("</tbody>\n</table>\n", r);
}

/* --- Key sets */

static void write_state(request_rec *r, const ajwt_status_keyset *keyset)
{
    static const struct {
        const char *title, *words;
    } states[AJWT_KEYSET_STATE_COUNT] = {
        {"fresh", ""},
        {"due", "still in use; a new fetch is due"},
        {"stale", "too old to use: requests are answered 503"},
        {"never loaded", "requests are answered 503"},
        {"fixed", "read with the configuration"},
        {"hidden", "not visible to this process"}};

    ap_rprintf(r, "<p><span class=\"state %s\">%s</span>",
               ajwt_status_state_name(keyset->state),
               states[keyset->state].title);
    if (keyset->is_being_fetched)
        ap_rputs("<span class=\"state fetching\">being fetched now</span>", r);
    ap_rprintf(r, "<span class=\"dim\">%s</span></p>\n",
               states[keyset->state].words);
}

/*
 * Draws the age of a key set: from the fetch to the next fetch or, if that is
 * overdue, to the time when the set becomes stale.
 */
static void write_age(request_rec *r, const ajwt_status_keyset *keyset,
                      apr_time_t now)
{
    const int is_fresh = keyset->state == AJWT_KEYSET_FRESH;
    const apr_time_t begin = keyset->fetched_at;
    const apr_time_t end = is_fresh ? keyset->next_at : keyset->stale_at;

    if (begin && begin <= now && begin < end)
        write_bar(r, ajwt_status_state_name(keyset->state),
                  percentage((apr_uint64_t)(now - begin),
                             (apr_uint64_t)(end - begin)),
                  is_fresh ? "of the time until the next fetch"
                           : "of the time until it is too old");
}

static void write_time(request_rec *r, const char *what, apr_time_t time,
                       apr_time_t now)
{
    if (time)
        ap_rprintf(r, "<div><dt>%s</dt><dd>%s <small>%s</small></dd></div>\n",
                   what, print_relative_time(time, now, r->pool),
                   print_date(time, r->pool));
}

static void write_times(request_rec *r, const ajwt_status_keyset *keyset,
                        apr_time_t now)
{
    ap_rputs("<dl class=\"facts\">\n", r);
    write_time(r, keyset->is_remote ? "Fetched" : "Read", keyset->fetched_at,
               now);
    if (keyset->next_at > now)
        write_time(r, "Next fetch", keyset->next_at, now);
    else if (keyset->next_at)
        ap_rprintf(r, "<div><dt>Next fetch</dt><dd>%s</dd></div>\n",
                   keyset->is_being_fetched ? "under way" : "now");
    write_time(r, keyset->stale_at > now ? "Usable until" : "Was usable until",
               keyset->stale_at, now);
    ap_rputs("</dl>\n", r);
}

static void write_failure(request_rec *r, const ajwt_status_keyset *keyset,
                          apr_time_t now)
{
    if (!keyset->failure)
        return;
    ap_rprintf(r,
               "<div class=\"failure%s\">\n<p>Last failure %s "
               "<small>%s, in a row: %d</small></p>\n"
               "<p><code>%s</code> %s: %s</p>\n",
               keyset->failures ? "" : " past",
               print_relative_time(keyset->failed_at, now, r->pool),
               print_date(keyset->failed_at, r->pool), keyset->failures,
               keyset->failure->tag, keyset->failure->name,
               keyset->failure->text);
    if (keyset->failure_detail)
        ap_rvputs(r, "<p><code>", escape_html(keyset->failure_detail, r),
                  "</code></p>\n", NULL);
    ap_rvputs(r, "<p><small>Fix:</small> ",
              escape_html(keyset->failure->fix, r), "</p>\n</div>\n", NULL);
}

static void write_remarks(request_rec *r, const ajwt_status_keyset *keyset)
{
    int i;

    for (i = 0; i < keyset->remarks->nelts; i++) {
        const ajwt_status_remark *remark =
            &APR_ARRAY_IDX(keyset->remarks, i, ajwt_status_remark);

        ap_rprintf(r, "<p><span class=\"due\">%s (%s)</span>",
                   remark->why->text, remark->why->tag);
        write_detail(r, remark->detail);
        ap_rputs("</p>\n", r);
    }
}

static void write_keyset(request_rec *r, const ajwt_status_keyset *keyset,
                         apr_time_t now)
{
    ap_rvputs(r, "<article class=\"card\">\n<h3><code>",
              escape_html(keyset->source, r), "</code></h3>\n", NULL);
    write_state(r, keyset);
    write_age(r, keyset, now);
    write_times(r, keyset, now);
    write_failure(r, keyset, now);
    write_remarks(r, keyset);
    write_keys(r, keyset);
    ap_rputs("</article>\n", r);
}

static void write_keysets(request_rec *r, const ajwt_status *status)
{
    int i;

    ap_rputs("<h2>Key sets</h2>\n", r);
    if (!status->keysets->nelts)
        ap_rputs("<p class=\"dim\">No AuthJWTIssuer is configured.</p>\n", r);
    for (i = 0; i < status->keysets->nelts; i++)
        write_keyset(r, &APR_ARRAY_IDX(status->keysets, i, ajwt_status_keyset),
                     status->now);
}

void ajwt_status_write_html(request_rec *r, const ajwt_status *status)
{
    ap_rvputs(r,
              "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
              "<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width\">\n"
              "<title>mod_auth_jwt: status</title>\n<style>\n",
              style, "</style>\n</head>\n<body>\n<main>\n", NULL);
    ap_rprintf(r,
               "<h1>mod_auth_jwt</h1>\n"
               "<p class=\"dim\">version " AJWT_VERSION ", %s, %s</p>\n"
               "<h2>Requests</h2>\n",
               escape_html(status->server, r),
               print_date(status->now, r->pool));
    write_tiles(r, status);
    write_keysets(r, status);
    write_reasons(r, status);
    ap_rputs("</main>\n</body>\n</html>\n", r);
}
