/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fetch.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "cli/json_out.h"
#include "cli/term.h"
#include "cli/options.h"
#include "core/json.h"
#include "core/limits.h"
#include "keys/load.h"

enum { OPTION_JSON = AJWT_OPTION_NEXT };

static const apr_getopt_option_t options[] = {
    AJWT_FETCH_OPTIONS(AJWT_OPTION_ROW){"json", OPTION_JSON, 0, "for programs"},
    {AJWT_OPTION_HELP},
    {0}};

/* One GET, as keys/load had it done */
typedef struct document {
    const char *url;
    ajwt_reason reason;
    ajwt_response response;
    apr_size_t size;
    apr_time_t took;
} document;

/* A fetcher that remembers; what it does itself is the server's. */
typedef struct recorder {
    ajwt_fetcher fetcher; /* first: who is given it gives it back */
    apr_array_header_t *documents;
} recorder;

static ajwt_reason get(ajwt_response *response, const ajwt_fetcher *fetcher,
                       const ajwt_request *request, apr_pool_t *pool)
{
    const recorder *by = (const recorder *)fetcher;
    document *made = apr_array_push(by->documents);
    apr_time_t begun = apr_time_now();

    made->reason = ajwt_fetch_get(response, fetcher, request, pool);
    made->took = apr_time_now() - begun;
    made->url = apr_pstrdup(pool, request->url);
    made->response = *response;
    made->size = response->body.len;
    return made->reason;
}

/* What came of it all */
typedef struct outcome {
    apr_array_header_t *documents; /* document */
    const ajwt_source *source;
    ajwt_reason reason;
    const char *detail;
    ajwt_bytes text;         /* of the key set */
    const ajwt_keyset *keys; /* NULL: none */
} outcome;

static void load(outcome *of, const ajwt_source *source,
                 const ajwt_setting *setting)
{
    recorder by = {setting->fetcher, of->documents};
    ajwt_validator known = {"", ""};
    ajwt_response response = {0};

    by.fetcher.get = get;
    of->source = source;
    of->reason = ajwt_load(
        &response, &known, source, &by.fetcher,
        apr_time_now() + apr_time_from_sec(setting->timeout_s), setting->pool);
    of->detail = response.detail;
    of->text = response.body;
    if (of->reason != AJWT_ACCEPTED)
        return;
    of->reason = ajwt_keyset_parse(&of->keys, response.body,
                                   ajwt_source_origin(source), setting->pool);
    if (of->reason != AJWT_ACCEPTED)
        of->detail =
            ajwt_source_explain(source, response.body, of->keys, setting->pool);
}

/* What a word that names a document is the issuer of, by OIDC Discovery 4.1 */
static const char *issuer_of(const char *word, apr_pool_t *pool)
{
    static const char suffix[] = "/.well-known/openid-configuration";
    apr_size_t len = strlen(word), cut = sizeof suffix - 1;

    return len > cut && strcmp(word + len - cut, suffix) == 0
               ? apr_pstrmemdup(pool, word, len - cut)
               : word;
}

static int is_missing(const outcome *of)
{
    const document *last =
        of->documents->nelts
            ? &APR_ARRAY_IDX(of->documents, of->documents->nelts - 1, document)
            : NULL;

    return of->reason == AJWT_FETCH_STATUS && last &&
           last->response.status >= 400;
}

/* A word alone is an issuer, or, where no such document is, a key set. */
static void load_any(outcome *of, const char *word, const ajwt_setting *setting)
{
    const char *error;
    ajwt_source *source = ajwt_source_from_discovery(
        &error, issuer_of(word, setting->pool), NULL, setting->pool);
    outcome first = *of;

    if (source) {
        load(of, source, setting);
        if (!is_missing(of))
            return;
        first = *of;
    }
    source = ajwt_source_from_jwks(&error, word, setting->pool);
    if (!source)
        ajwt_command_misuse("%s: %s", word, error);
    load(of, source, setting);
    if (first.source && (is_missing(of) || of->reason == AJWT_KEYSET_INVALID))
        *of = first;
}

/* --- one key, as it was published and as it serves */

typedef struct listed {
    const json_t *jwk;     /* NULL: a block of PEM */
    const char *kty, *crv; /* as it was understood; NULL: not */
    int bits;              /* 0: not known */
    ajwt_alg_set algs;     /* 0: it does not serve */
    ajwt_reason reason;    /* why not; or KEY_PRIVATE, told besides */
    const char *detail;    /* more about reason; NULL: nothing */
    const char *repairs;   /* what was read tolerantly; NULL: nothing */
} listed;

static void list_used(listed *to, const ajwt_key *key)
{
    to->kty = key->kty;
    to->crv = key->crv;
    to->bits = key->bits;
    to->algs = key->algs;
    to->repairs = key->repairs;
}

static void list_note(listed *to, const ajwt_key_note *note)
{
    if (note->reason == AJWT_KEY_REPAIRED)
        return; /* the key itself has it */
    to->kty = note->kty;
    to->crv = note->crv;
    to->bits = note->bits;
    to->reason = note->reason;
    to->detail = note->detail;
}

static int count_listed(const ajwt_keyset *keyset)
{
    int i, count = keyset->keys->nelts;

    for (i = 0; i < keyset->notes->nelts; i++)
        count += !APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note).is_used;
    return count;
}

static void list_jwks(apr_array_header_t *list, const outcome *of,
                      apr_pool_t *pool)
{
    const json_t *set, *jwk;
    apr_size_t i;

    if (ajwt_json_parse(&set, of->text, AJWT_KEYSET_INVALID, pool) !=
        AJWT_ACCEPTED)
        return;
    json_array_foreach(json_object_get(set, "keys"), i, jwk)
    {
        APR_ARRAY_IDX(list, i, listed).jwk = jwk;
    }
}

/* In the order of the document: each key is used, or has a note */
static apr_array_header_t *list_keys(const outcome *of, apr_pool_t *pool)
{
    const ajwt_keyset *keyset = of->keys;
    const int count = keyset ? count_listed(keyset) : 0;
    apr_array_header_t *list = apr_array_make(pool, count, sizeof(listed));
    int i;

    for (i = 0; i < count; i++)
        memset(apr_array_push(list), 0, sizeof(listed));
    for (i = 0; keyset && i < keyset->keys->nelts; i++) {
        const ajwt_key *key = &APR_ARRAY_IDX(keyset->keys, i, ajwt_key);

        list_used(&APR_ARRAY_IDX(list, key->index, listed), key);
    }
    for (i = 0; keyset && i < keyset->notes->nelts; i++) {
        const ajwt_key_note *note =
            &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note);

        list_note(&APR_ARRAY_IDX(list, note->index, listed), note);
    }
    if (keyset)
        list_jwks(list, of, pool);
    return list;
}

/* As it was published, else as it was understood */
static json_t *pack_member(const listed *of, const char *name,
                           const char *understood, apr_pool_t *pool)
{
    const json_t *value = json_object_get(of->jwk, name);

    return value ? ajwt_pack_value(value) : ajwt_pack_text(understood, pool);
}

static json_t *pack_key(const listed *of, apr_pool_t *pool)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "kid",
        pack_member(of, "kid", NULL, pool), "kty",
        pack_member(of, "kty", of->kty, pool), "crv",
        pack_member(of, "crv", of->crv, pool), "alg",
        pack_member(of, "alg", NULL, pool), "use",
        pack_member(of, "use", NULL, pool), "bits",
        of->bits ? json_integer(of->bits) : json_null(), "verifies",
        of->algs ? json_string(ajwt_words_of_algs(of->algs, ' ', pool))
                 : json_null(),
        "usable", of->algs != 0, "reason", ajwt_pack_reason(of->reason),
        "detail", ajwt_pack_text(of->detail, pool), "repairs",
        ajwt_pack_text(of->repairs, pool));
}

static json_t *pack_remarks(const ajwt_keyset *keyset, apr_pool_t *pool)
{
    json_t *remarks = json_array();
    int i;

    for (i = 0; keyset && i < keyset->remarks->nelts; i++) {
        const ajwt_keyset_remark *remark =
            &APR_ARRAY_IDX(keyset->remarks, i, ajwt_keyset_remark);

        json_array_append_new(
            remarks,
            json_pack("{s:o, s:o}", "reason", ajwt_pack_reason(remark->reason),
                      "detail", ajwt_pack_text(remark->detail, pool)));
    }
    return remarks;
}

static json_t *pack_document(const document *of, apr_pool_t *pool)
{
    return json_pack(
        "{s:o, s:i, s:I, s:I, s:o, s:o, s:o, s:o}", "url",
        ajwt_pack_text(of->url, pool), "status", (int)of->response.status,
        "milliseconds", (json_int_t)apr_time_as_msec(of->took), "octets",
        (json_int_t)of->size, "max_age",
        of->response.max_age_s >= 0 ? json_integer(of->response.max_age_s)
                                    : json_null(),
        "etag", ajwt_pack_text(of->response.etag, pool), "error",
        ajwt_pack_text(of->response.detail, pool), "reason",
        ajwt_pack_reason(of->reason));
}

static void print_for_programs(const outcome *of, apr_pool_t *pool)
{
    const apr_array_header_t *list = list_keys(of, pool);
    json_t *documents = json_array(), *keys = json_array(), *all;
    int i;

    for (i = 0; i < of->documents->nelts; i++)
        json_array_append_new(
            documents,
            pack_document(&APR_ARRAY_IDX(of->documents, i, document), pool));
    for (i = 0; i < list->nelts; i++)
        json_array_append_new(keys,
                              pack_key(&APR_ARRAY_IDX(list, i, listed), pool));
    all = json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "usable",
                    of->reason == AJWT_ACCEPTED, "reason",
                    ajwt_pack_reason(of->reason), "error",
                    ajwt_pack_text(of->detail, pool), "documents", documents,
                    "remarks", pack_remarks(of->keys, pool), "keys", keys);
    puts(ajwt_paint_json(all, pool));
    json_decref(all);
}

/* --- for people */

static void print_document(const document *of, apr_pool_t *pool)
{
    ajwt_mark mark = of->reason == AJWT_ACCEPTED ? AJWT_HELD : AJWT_FAILED;

    printf("  %s %s\n", ajwt_paint_mark(mark, pool),
           ajwt_paint_safe(of->url, pool));
    if (of->response.status)
        printf("     status %ld, %" APR_SIZE_T_FMT " octets, in %ld ms",
               of->response.status, of->size, (long)apr_time_as_msec(of->took));
    else
        printf("     no answer, after %ld ms",
               (long)apr_time_as_msec(of->took));
    if (of->response.max_age_s >= 0)
        printf(", Cache-Control max-age %d", of->response.max_age_s);
    if (of->response.etag)
        printf(", ETag %s", ajwt_paint_safe(of->response.etag, pool));
    fputc('\n', stdout);
}

static const char *member(const listed *of, const char *name, apr_pool_t *pool)
{
    const json_t *value = json_object_get(of->jwk, name);

    return value ? apr_pstrcat(pool, ", ", name, " ",
                               ajwt_paint_json(value, pool), NULL)
                 : "";
}

static void print_words(const char *name, const char *text, apr_pool_t *pool)
{
    if (text)
        printf("     %-9s %s\n", name,
               ajwt_paint_wrap(ajwt_paint_safe(text, pool), 15, pool));
}

static void print_reason(ajwt_reason reason, const char *detail,
                         apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    printf("     %s %s: %s\n", ajwt_paint_strong(AJWT_FAILED, row->tag, pool),
           row->name, row->text);
    print_words("mend", row->mend, pool);
    print_words("detail", detail, pool);
}

static void print_key(const listed *of, apr_pool_t *pool)
{
    const char *members =
        apr_pstrcat(pool, member(of, "kid", pool), member(of, "kty", pool),
                    member(of, "crv", pool), member(of, "alg", pool),
                    member(of, "use", pool), NULL);

    printf("  %s %s\n",
           ajwt_paint_mark(of->algs ? AJWT_HELD : AJWT_FAILED, pool),
           *members ? members + 2 : "a key without a name");
    if (of->bits)
        printf("     %s%s%s, %d bits%s%s\n", of->kty, of->crv ? " " : "",
               of->crv ? of->crv : "", of->bits, of->algs ? ", verifies " : "",
               of->algs ? ajwt_words_of_algs(of->algs, ' ', pool) : "");
    if (of->reason != AJWT_ACCEPTED)
        print_reason(of->reason, of->detail, pool);
    if (of->repairs)
        print_reason(AJWT_KEY_REPAIRED, of->repairs, pool);
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

static void print_for_people(const outcome *of, apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(of->reason);
    const apr_array_header_t *list = list_keys(of, pool);
    int i;

    for (i = 0; i < of->documents->nelts; i++)
        print_document(&APR_ARRAY_IDX(of->documents, i, document), pool);
    for (i = 0; i < list->nelts; i++)
        print_key(&APR_ARRAY_IDX(list, i, listed), pool);
    print_remarks(of->keys, pool);
    if (of->reason == AJWT_ACCEPTED) {
        printf("\n%s\n", ajwt_paint_strong(
                             AJWT_HELD,
                             apr_psprintf(pool, "usable: %d of %d keys",
                                          of->keys->keys->nelts, list->nelts),
                             pool));
        return;
    }
    printf("\n%s %s: %s\n", ajwt_paint_strong(AJWT_FAILED, row->tag, pool),
           row->name, row->text);
    print_words("came", of->detail, pool);
    print_words("mend", row->mend, pool);
}

static void fetch(outcome *of, ajwt_setting *setting, apr_getopt_t *line)
{
    const char *word = ajwt_command_next_word(line);
    const ajwt_source *source;

    if (!word)
        ajwt_command_misuse("say which URL or issuer");
    if (line->ind == line->argc) {
        load_any(of, word, setting);
        return;
    }
    line->ind--;
    ajwt_setting_take_words(setting, line);
    source =
        APR_ARRAY_IDX(setting->issuers->list, 0, const ajwt_issuer *)->source;
    if (source->kind == AJWT_SOURCE_SECRET)
        ajwt_command_misuse("a secret is not for everybody to see");
    load(of, source, setting);
}

static int run(apr_getopt_t *line, apr_pool_t *pool)
{
    ajwt_setting *setting = ajwt_setting_make(pool);
    outcome of = {apr_array_make(pool, 3, sizeof(document))};
    const char *argument;
    int option, is_json = 0;

    ajwt_paint_open();
    if (ajwt_fetch_open() != APR_SUCCESS)
        ajwt_command_fail("libcurl cannot be set up");
    while (ajwt_command_next_option(&option, &argument, line))
        is_json |= !ajwt_setting_take(setting, option, argument);
    fetch(&of, setting, line);
    if (is_json)
        print_for_programs(&of, pool);
    else
        print_for_people(&of, pool);
    return of.reason == AJWT_ACCEPTED ? 0 : AJWT_EXIT_FAILED;
}

const ajwt_command ajwt_fetch = {
    "fetch",
    "show an issuer's documents and keys as a server sees them",
    " URL|ISSUER [options]\n"
    "       ajwt fetch ISSUER metadata=URL|jwks=URL|keys=PATH [options]\n"
    "  URL: of a discovery document or a key set",
    options,
    run,
    "No redirect is followed, and no proxy of the environment is heeded, as\n"
    "in the server.\n"
    "Exit code 0: there are usable keys, 1: there are not, 2: wrong use."};
