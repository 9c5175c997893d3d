/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fetch.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "cli/json_out.h"
#include "cli/options.h"
#include "cli/term.h"
#include "core/json.h"
#include "core/limits.h"
#include "keys/load.h"

enum { OPTION_JSON = AJWT_OPTION_NEXT };

static const apr_getopt_option_t options[] = {
    AJWT_SERVER_OPTIONS{"json", OPTION_JSON, 0, "print JSON"},
    {AJWT_OPTION_HELP},
    {0}};

/* One GET request that keys/load made */
typedef struct fetched_document {
    const char *url;
    ajwt_reason reason;
    ajwt_http_response response;
    apr_size_t size;
    apr_time_t duration;
} fetched_document;

/*
 * A fetcher that records its requests and otherwise behaves like the server's
 */
typedef struct fetch_recorder {
    ajwt_fetcher
        fetcher; /* first member: get_and_record() casts the fetcher back */
    apr_array_header_t *documents;
} fetch_recorder;

static ajwt_reason get_and_record(ajwt_http_response *response,
                                  const ajwt_fetcher *fetcher,
                                  const ajwt_http_request *request,
                                  apr_pool_t *pool)
{
    const fetch_recorder *recorder = (const fetch_recorder *)fetcher;
    fetched_document *document = apr_array_push(recorder->documents);
    apr_time_t started_at = apr_time_now();

    document->reason = ajwt_http_fetch_get(response, fetcher, request, pool);
    document->duration = apr_time_now() - started_at;
    document->url = apr_pstrdup(pool, request->url);
    document->response = *response;
    document->size = response->body.len;
    return document->reason;
}

/* Result of loading a key set */
typedef struct fetch_outcome {
    apr_array_header_t *documents; /* fetched_document */
    const ajwt_source *source;
    ajwt_reason reason;
    const char *detail;
    ajwt_bytes text;         /* of the key set */
    const ajwt_keyset *keys; /* NULL: none */
} fetch_outcome;

static void load_keyset(fetch_outcome *outcome, const ajwt_source *source,
                        const ajwt_options *settings)
{
    fetch_recorder recorder = {settings->settings.fetcher, outcome->documents};
    ajwt_validator known = {"", ""};
    const void *document;
    ajwt_http_response response = {0};

    recorder.fetcher.get = get_and_record;
    outcome->source = source;
    outcome->reason =
        ajwt_load(&response, &known, source, &recorder.fetcher,
                  apr_time_now() +
                      apr_time_from_sec(settings->settings.schedule.timeout_s),
                  settings->pool);
    outcome->detail = response.detail;
    outcome->text = response.body;
    if (outcome->reason != AJWT_ACCEPTED)
        return;
    outcome->reason = source->parse(&document, &outcome->detail, source,
                                    response.body, settings->pool);
    outcome->keys = document;
}

/*
 * Returns the issuer that word is the discovery document of (OpenID Connect
 * Discovery 4.1); otherwise word.
 */
static const char *strip_well_known(const char *word, apr_pool_t *pool)
{
    static const char suffix[] = "/.well-known/openid-configuration";
    apr_size_t len = strlen(word), cut = sizeof suffix - 1;

    return len > cut && strcmp(word + len - cut, suffix) == 0
               ? apr_pstrmemdup(pool, word, len - cut)
               : word;
}

static int is_document_missing(const fetch_outcome *outcome)
{
    const fetched_document *last =
        outcome->documents->nelts
            ? &APR_ARRAY_IDX(outcome->documents, outcome->documents->nelts - 1,
                             fetched_document)
            : NULL;

    return outcome->reason == AJWT_FETCH_STATUS && last &&
           last->response.status >= 400;
}

/*
 * Loads word as an issuer or, if it has no discovery document, as the URL of a
 * key set.
 */
static void load_issuer_or_url(fetch_outcome *outcome, const char *word,
                               const ajwt_options *settings)
{
    const char *error;
    ajwt_source *source = ajwt_source_from_discovery(
        &error, strip_well_known(word, settings->pool), NULL, settings->pool);
    fetch_outcome first = *outcome;

    if (source) {
        load_keyset(outcome, source, settings);
        if (!is_document_missing(outcome))
            return;
        first = *outcome;
    }
    source = ajwt_source_from_jwks(&error, word, settings->pool);
    if (!source)
        ajwt_command_misuse("%s: %s", word, error);
    load_keyset(outcome, source, settings);
    if (first.source && (is_document_missing(outcome) ||
                         outcome->reason == AJWT_KEYSET_INVALID))
        *outcome = first;
}

/* --- One key, as published and as used */

typedef struct key_listing {
    const json_t *jwk;     /* NULL: a PEM block */
    const char *kty, *crv; /* as parsed; NULL: not supported */
    int bits;              /* 0: not known */
    ajwt_alg_set algs;     /* 0: it is not used */
    ajwt_reason reason;    /* why not; or KEY_PRIVATE for a key that is used */
    const char *detail;    /* more about reason; NULL: nothing */
    const char *repairs;   /* tolerated deviations; NULL: none */
} key_listing;

static void list_used(key_listing *listing, const ajwt_key *key)
{
    listing->kty = key->kty;
    listing->crv = key->crv;
    listing->bits = key->bits;
    listing->algs = key->algs;
    listing->repairs = key->repairs;
}

static void list_note(key_listing *listing, const ajwt_key_note *note)
{
    if (note->reason == AJWT_KEY_REPAIRED)
        return; /* list_used has copied it from the key */
    listing->kty = note->kty;
    listing->crv = note->crv;
    listing->bits = note->bits;
    listing->reason = note->reason;
    listing->detail = note->detail;
}

static int count_listed(const ajwt_keyset *keyset)
{
    int i, count = keyset->keys->nelts;

    for (i = 0; i < keyset->notes->nelts; i++)
        count += !APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note).is_used;
    return count;
}

static void list_jwks(apr_array_header_t *list, const fetch_outcome *outcome,
                      apr_pool_t *pool)
{
    const json_t *set, *jwk;
    apr_size_t i;

    if (ajwt_json_parse(&set, outcome->text, AJWT_KEYSET_INVALID, pool) !=
        AJWT_ACCEPTED)
        return;
    json_array_foreach(json_object_get(set, "keys"), i, jwk)
    {
        APR_ARRAY_IDX(list, i, key_listing).jwk = jwk;
    }
}

/*
 * Lists the keys in the order of the document.  Each key is used or has a note.
 */
static apr_array_header_t *list_keys(const fetch_outcome *outcome,
                                     apr_pool_t *pool)
{
    const ajwt_keyset *keyset = outcome->keys;
    const int count = keyset ? count_listed(keyset) : 0;
    apr_array_header_t *list = apr_array_make(pool, count, sizeof(key_listing));
    int i;

    for (i = 0; i < count; i++)
        memset(apr_array_push(list), 0, sizeof(key_listing));
    for (i = 0; keyset && i < keyset->keys->nelts; i++) {
        const ajwt_key *key = &APR_ARRAY_IDX(keyset->keys, i, ajwt_key);

        list_used(&APR_ARRAY_IDX(list, key->index, key_listing), key);
    }
    for (i = 0; keyset && i < keyset->notes->nelts; i++) {
        const ajwt_key_note *note =
            &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note);

        list_note(&APR_ARRAY_IDX(list, note->index, key_listing), note);
    }
    if (keyset)
        list_jwks(list, outcome, pool);
    return list;
}

/* Returns the member as published, otherwise as parsed. */
static json_t *make_member_json(const key_listing *listing, const char *name,
                                const char *understood, apr_pool_t *pool)
{
    const json_t *value = json_object_get(listing->jwk, name);

    return value ? ajwt_json_out_value(value)
                 : ajwt_json_out_text(understood, pool);
}

static json_t *make_key_json(const key_listing *listing, apr_pool_t *pool)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "kid",
        make_member_json(listing, "kid", NULL, pool), "kty",
        make_member_json(listing, "kty", listing->kty, pool), "crv",
        make_member_json(listing, "crv", listing->crv, pool), "alg",
        make_member_json(listing, "alg", NULL, pool), "use",
        make_member_json(listing, "use", NULL, pool), "bits",
        listing->bits ? json_integer(listing->bits) : json_null(), "verifies",
        listing->algs
            ? json_string(ajwt_args_print_algs(listing->algs, ' ', pool))
            : json_null(),
        "usable", listing->algs != 0, "reason",
        ajwt_json_out_reason(listing->reason), "detail",
        ajwt_json_out_text(listing->detail, pool), "repairs",
        ajwt_json_out_text(listing->repairs, pool));
}

static json_t *make_remarks_json(const ajwt_keyset *keyset, apr_pool_t *pool)
{
    json_t *remarks = json_array();
    int i;

    for (i = 0; keyset && i < keyset->remarks->nelts; i++) {
        const ajwt_keyset_remark *remark =
            &APR_ARRAY_IDX(keyset->remarks, i, ajwt_keyset_remark);

        json_array_append_new(
            remarks, json_pack("{s:o, s:o}", "reason",
                               ajwt_json_out_reason(remark->reason), "detail",
                               ajwt_json_out_text(remark->detail, pool)));
    }
    return remarks;
}

static json_t *make_document_json(const fetched_document *document,
                                  apr_pool_t *pool)
{
    return json_pack("{s:o, s:i, s:I, s:I, s:o, s:o, s:o, s:o}", "url",
                     ajwt_json_out_text(document->url, pool), "status",
                     (int)document->response.status, "milliseconds",
                     (json_int_t)apr_time_as_msec(document->duration), "bytes",
                     (json_int_t)document->size, "max_age",
                     document->response.max_age_s >= 0
                         ? json_integer(document->response.max_age_s)
                         : json_null(),
                     "etag", ajwt_json_out_text(document->response.etag, pool),
                     "error",
                     ajwt_json_out_text(document->response.detail, pool),
                     "reason", ajwt_json_out_reason(document->reason));
}

static void print_json(const fetch_outcome *outcome, apr_pool_t *pool)
{
    const apr_array_header_t *list = list_keys(outcome, pool);
    json_t *documents = json_array(), *keys = json_array(), *all;
    int i;

    for (i = 0; i < outcome->documents->nelts; i++)
        json_array_append_new(
            documents,
            make_document_json(
                &APR_ARRAY_IDX(outcome->documents, i, fetched_document), pool));
    for (i = 0; i < list->nelts; i++)
        json_array_append_new(
            keys, make_key_json(&APR_ARRAY_IDX(list, i, key_listing), pool));
    all = json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "usable",
                    outcome->reason == AJWT_ACCEPTED, "reason",
                    ajwt_json_out_reason(outcome->reason), "error",
                    ajwt_json_out_text(outcome->detail, pool), "documents",
                    documents, "remarks",
                    make_remarks_json(outcome->keys, pool), "keys", keys);
    puts(ajwt_term_json(all, pool));
    json_decref(all);
}

/* --- Text output */

static void print_document(const fetched_document *document, apr_pool_t *pool)
{
    ajwt_mark mark =
        document->reason == AJWT_ACCEPTED ? AJWT_MARK_PASSED : AJWT_MARK_FAILED;

    printf("  %s %s\n", ajwt_term_mark(mark, pool),
           ajwt_term_safe(document->url, pool));
    if (document->response.status)
        printf("     status %ld, %" APR_SIZE_T_FMT " bytes, in %ld ms",
               document->response.status, document->size,
               (long)apr_time_as_msec(document->duration));
    else
        printf("     no response after %ld ms",
               (long)apr_time_as_msec(document->duration));
    if (document->response.max_age_s >= 0)
        printf(", Cache-Control max-age %d", document->response.max_age_s);
    if (document->response.etag)
        printf(", ETag %s", ajwt_term_safe(document->response.etag, pool));
    fputc('\n', stdout);
}

static const char *print_member(const key_listing *listing, const char *name,
                                apr_pool_t *pool)
{
    const json_t *value = json_object_get(listing->jwk, name);

    return value ? apr_pstrcat(pool, ", ", name, " ",
                               ajwt_term_json(value, pool), NULL)
                 : "";
}

static void print_labelled(const char *name, const char *text, apr_pool_t *pool)
{
    if (text)
        printf("     %-9s %s\n", name,
               ajwt_term_wrap(ajwt_term_safe(text, pool), 15, pool));
}

static void print_reason(ajwt_reason reason, const char *detail,
                         apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    printf("     %s %s: %s\n",
           ajwt_term_strong(AJWT_MARK_FAILED, row->tag, pool), row->name,
           row->text);
    print_labelled("fix", row->fix, pool);
    print_labelled("detail", detail, pool);
}

static void print_key(const key_listing *listing, apr_pool_t *pool)
{
    const char *members = apr_pstrcat(pool, print_member(listing, "kid", pool),
                                      print_member(listing, "kty", pool),
                                      print_member(listing, "crv", pool),
                                      print_member(listing, "alg", pool),
                                      print_member(listing, "use", pool), NULL);

    printf("  %s %s\n",
           ajwt_term_mark(listing->algs ? AJWT_MARK_PASSED : AJWT_MARK_FAILED,
                          pool),
           *members ? members + 2 : "a key without kid");
    if (listing->bits)
        printf("     %s%s%s, %d bits%s%s\n", listing->kty,
               listing->crv ? " " : "", listing->crv ? listing->crv : "",
               listing->bits, listing->algs ? ", verifies " : "",
               listing->algs ? ajwt_args_print_algs(listing->algs, ' ', pool)
                             : "");
    if (listing->reason != AJWT_ACCEPTED)
        print_reason(listing->reason, listing->detail, pool);
    if (listing->repairs)
        print_reason(AJWT_KEY_REPAIRED, listing->repairs, pool);
}

static void print_remarks(const ajwt_keyset *keyset, apr_pool_t *pool)
{
    int i;

    for (i = 0; keyset && i < keyset->remarks->nelts; i++) {
        const ajwt_keyset_remark *remark =
            &APR_ARRAY_IDX(keyset->remarks, i, ajwt_keyset_remark);

        fputc('\n', stdout);
        print_reason(remark->reason, remark->detail, pool);
    }
}

static void print_text(const fetch_outcome *outcome, apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(outcome->reason);
    const apr_array_header_t *list = list_keys(outcome, pool);
    int i;

    for (i = 0; i < outcome->documents->nelts; i++)
        print_document(&APR_ARRAY_IDX(outcome->documents, i, fetched_document),
                       pool);
    for (i = 0; i < list->nelts; i++)
        print_key(&APR_ARRAY_IDX(list, i, key_listing), pool);
    print_remarks(outcome->keys, pool);
    if (outcome->reason == AJWT_ACCEPTED) {
        printf("\n%s\n",
               ajwt_term_strong(AJWT_MARK_PASSED,
                                apr_psprintf(pool, "usable: %d of %d keys",
                                             outcome->keys->keys->nelts,
                                             list->nelts),
                                pool));
        return;
    }
    printf("\n%s %s: %s\n", ajwt_term_strong(AJWT_MARK_FAILED, row->tag, pool),
           row->name, row->text);
    print_labelled("actual", outcome->detail, pool);
    print_labelled("fix", row->fix, pool);
}

static void fetch_issuer(fetch_outcome *outcome, ajwt_options *settings,
                         apr_getopt_t *line)
{
    const char *word = ajwt_command_next_word(line);
    const ajwt_source *source;

    if (!word)
        ajwt_command_misuse("write a URL or an issuer");
    if (line->ind == line->argc) {
        load_issuer_or_url(outcome, word, settings);
        return;
    }
    line->ind--;
    ajwt_options_parse_args(settings, line);
    source =
        APR_ARRAY_IDX(settings->section.issuers->list, 0, const ajwt_issuer *)
            ->source;
    if (source->kind == AJWT_SOURCE_SECRET)
        ajwt_command_misuse(
            "secret= is never printed: write metadata=, jwks= or keys=");
    load_keyset(outcome, source, settings);
}

static int run_fetch(apr_getopt_t *line, apr_pool_t *pool)
{
    ajwt_options *settings = ajwt_options_make(pool);
    fetch_outcome outcome = {apr_array_make(pool, 3, sizeof(fetched_document))};
    const char *argument;
    int option, is_json = 0;

    ajwt_term_open();
    if (ajwt_http_fetch_open() != APR_SUCCESS)
        ajwt_command_fail("cannot initialize libcurl");
    while (ajwt_command_next_option(&option, &argument, line))
        is_json |= !ajwt_options_parse(settings, option, argument);
    fetch_issuer(&outcome, settings, line);
    if (is_json)
        print_json(&outcome, pool);
    else
        print_text(&outcome, pool);
    return outcome.reason == AJWT_ACCEPTED ? 0 : AJWT_EXIT_FAILED;
}

const ajwt_command ajwt_fetch = {
    "fetch",
    "fetch and print an issuer's documents and keys, as a server does",
    " URL|ISSUER [options]\n"
    "       ajwt fetch ISSUER metadata=URL|jwks=URL|keys=PATH [options]\n"
    "  URL: of a discovery document or a key set",
    options,
    run_fetch,
    "Redirects are not followed, and environment variables for proxies are "
    "ignored,\n"
    "as in the server.\n"
    "Exit code 0: there are usable keys, 1: there are none, 2: usage error."};
