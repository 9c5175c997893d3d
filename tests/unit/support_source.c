/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <stdio.h>
#include <stdlib.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_shm.h>

apr_time_t support_clock = SUPPORT_NOW;

apr_time_t support_now(void)
{
    return support_clock;
}

/* Where the machine does not do what a test needs, there is no test. */
static void need(apr_status_t status, const char *what)
{
    char words[128];

    if (status != APR_SUCCESS)
        fail_msg("%s: %s", what, apr_strerror(status, words, sizeof words));
}

static apr_status_t remove_folder(void *data)
{
    const char *path = data;
    apr_pool_t *pool;
    apr_finfo_t info;
    apr_dir_t *folder;

    apr_pool_create(&pool, support_root());
    if (apr_dir_open(&folder, path, pool) == APR_SUCCESS) {
        while (apr_dir_read(&info, APR_FINFO_NAME, folder) == APR_SUCCESS) {
            if (strcmp(info.name, ".") == 0 || strcmp(info.name, "..") == 0)
                continue;
            path = apr_pstrcat(pool, (char *)data, "/", info.name, NULL);
            if (apr_file_remove(path, pool) != APR_SUCCESS)
                apr_dir_remove(path, pool);
        }
        apr_dir_close(folder);
    }
    apr_dir_remove(data, pool);
    apr_pool_destroy(pool);
    return APR_SUCCESS;
}

const char *support_folder(apr_pool_t *pool)
{
    const char *place;
    char *path;

    need(apr_temp_dir_get(&place, pool), "a folder for temporary files");
    path = apr_pstrcat(pool, place, "/auth-jwt-XXXXXX", NULL);
    if (!mkdtemp(path))
        fail_msg("%s cannot be made", path);
    apr_pool_cleanup_register(pool, path, remove_folder, apr_pool_cleanup_null);
    return path;
}

const char *support_write(const char *folder, const char *name,
                          ajwt_bytes bytes, apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, folder, "/", name, NULL);
    const char *aside = apr_pstrcat(pool, path, ".new", NULL);
    apr_file_t *file;

    need(apr_file_open(&file, aside,
                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                       APR_FPROT_OS_DEFAULT, pool),
         aside);
    need(apr_file_write_full(file, bytes.data, bytes.len, NULL), aside);
    need(apr_file_close(file), aside);
    need(apr_file_rename(aside, path, pool), path);
    return path;
}

const char *support_write_text(const char *folder, const char *name,
                               const char *text, apr_pool_t *pool)
{
    return support_write(folder, name, ajwt_bytes_from_string(text), pool);
}

ajwt_args support_line(const char *directive, const char *words,
                       apr_pool_t *pool)
{
    const apr_array_header_t *split = support_split(words, pool);
    ajwt_args line = {0};

    line.directive = directive;
    line.pool = pool;
    line.count = split->nelts;
    line.word = (char *const *)split->elts;
    return line;
}

void support_add_issuer(ajwt_issuers *issuers, const char *words,
                        apr_pool_t *pool)
{
    ajwt_args line = support_line("AuthJWTIssuer", words, pool);
    ajwt_issuer issuer;
    const char *error =
        ajwt_issuer_parse(&issuer, &line, ajwt_sources_make(pool));

    if (error)
        fail_msg("%s", error);
    if (!ajwt_issuers_add(issuers, apr_pmemdup(pool, &issuer, sizeof issuer)))
        fail_msg("%s: there is one of that name", issuer.name);
}

const ajwt_source *support_add_jwks(ajwt_sources *sources, const char *url,
                                    apr_pool_t *pool)
{
    const char *error;
    ajwt_source *source = ajwt_source_from_jwks(&error, url, pool);

    if (!source)
        fail_msg("%s: %s", url, error);
    return ajwt_sources_add(sources, source);
}

ajwt_sources *support_sources(apr_pool_t *pool, ...)
{
    ajwt_sources *sources = ajwt_sources_make(pool);
    const char *url;
    va_list list;

    va_start(list, pool);
    while ((url = va_arg(list, const char *)))
        support_add_jwks(sources, url, pool);
    va_end(list);
    return sources;
}

support_segment support_make_segment(apr_pool_t *pool)
{
    support_segment segment = {apr_hash_make(pool), NULL, NULL, pool};
    apr_shm_t *shm;

    need(apr_shm_create(&shm, sizeof *segment.head, NULL, pool),
         "shared memory");
    segment.head = apr_shm_baseaddr_get(shm);
    need(apr_global_mutex_create(&segment.mutex, NULL, APR_LOCK_DEFAULT, pool),
         "a global mutex");
    return segment;
}

void *support_memory(const support_segment *segment, const ajwt_source *source)
{
    return apr_hash_get(segment->memory, source->name, APR_HASH_KEY_STRING);
}

static void *make_memory(const support_segment *segment,
                         const ajwt_source *source)
{
    apr_shm_t *shm;

    need(apr_shm_create(&shm, ajwt_shm_slots_segment_size(), NULL,
                        segment->pool),
         "shared memory");
    apr_hash_set(segment->memory, apr_pstrdup(segment->pool, source->name),
                 APR_HASH_KEY_STRING, apr_shm_baseaddr_get(shm));
    return apr_shm_baseaddr_get(shm);
}

ajwt_shm_slots *support_bind(const support_segment *segment,
                             const ajwt_sources *sources, apr_pool_t *pool)
{
    ajwt_shm_slots *shared =
        ajwt_shm_slots_make(sources, segment->head, segment->mutex, pool);
    int i;

    for (i = 0; i < sources->list->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);
        void *memory = support_memory(segment, source);

        if (ajwt_source_is_shared(source))
            ajwt_shm_slots_set_segment(
                shared, source, memory ? memory : make_memory(segment, source));
    }
    return shared;
}

static void wake(const ajwt_fetcher_client *fetcher)
{
    atomic_fetch_add(&((support_client *)fetcher)->wakes, 1);
}

static int is_gone(const ajwt_fetcher_client *fetcher, apr_time_t woken_at)
{
    (void)woken_at;
    return atomic_load(&((support_client *)fetcher)->is_gone);
}

support_client *support_make_client(apr_pool_t *pool)
{
    support_client *made = apr_pcalloc(pool, sizeof *made);

    made->client.wake = wake;
    made->client.is_gone = is_gone;
    made->client.waiters = &made->waiters;
    made->client.waiter_limit = AJWT_MAX_WAITERS;
    return made;
}

void support_publish(ajwt_shm_slots *shared, const ajwt_source *source,
                     const char *text)
{
    ajwt_slot_state *state;

    need(ajwt_shm_slots_lock(&state, shared, source), source->name);
    ajwt_shm_slots_publish(shared, source, ajwt_bytes_from_string(text));
    ajwt_shm_slots_unlock(shared);
}

const char *support_serving(ajwt_shm_slots *shared, const ajwt_source *source,
                            apr_pool_t *pool)
{
    unsigned generation;
    ajwt_bytes text;

    if (ajwt_shm_slots_read(&text, &generation, shared, source, pool) !=
        APR_SUCCESS)
        return NULL;
    return apr_pstrmemdup(pool, (const char *)text.data, text.len);
}

void support_expect_serving(ajwt_shm_slots *shared, const ajwt_source *source,
                            const char *text, apr_pool_t *pool)
{
    support_expect_text(source->name, support_serving(shared, source, pool),
                        text);
}

#define NUMBERED_KEYS 3

const char *support_numbered_jwks(int number, apr_pool_t *pool)
{
    const char *jwk = support_print(support_jwk("Ed25519", pool), pool);
    const char *jwks = "{\"keys\":[";
    int i;

    for (i = 0; i < NUMBERED_KEYS; i++)
        jwks = apr_psprintf(pool, "%s%s{\"kid\":\"%d-%d\",%s", jwks,
                            i ? "," : "", number, i, jwk + 1);
    return apr_pstrcat(pool, jwks, "]}", NULL);
}

/* Found by its name, in its place, and usable */
static int has_numbered_key(const ajwt_keyset *keyset, int number, int i)
{
    const ajwt_key *key = &APR_ARRAY_IDX(keyset->keys, i, ajwt_key);
    const apr_array_header_t *named;
    char kid[32];

    snprintf(kid, sizeof kid, "%d-%d", number, i);
    named = apr_hash_get(keyset->by_kid, kid, APR_HASH_KEY_STRING);
    return named && named->nelts == 1 &&
           APR_ARRAY_IDX(named, 0, const ajwt_key *) == key &&
           ajwt_bytes_equal_string(key->kid, kid) && key->pkey &&
           EVP_PKEY_is_a(key->pkey, "ED25519");
}

int support_number_of(const ajwt_keyset *keyset)
{
    int number, i;

    if (!keyset || keyset->keys->nelts != NUMBERED_KEYS ||
        sscanf((const char *)APR_ARRAY_IDX(keyset->keys, 0, ajwt_key).kid.data,
               "%d-0", &number) != 1)
        return -1;
    for (i = 0; i < NUMBERED_KEYS; i++) {
        if (!has_numbered_key(keyset, number, i))
            return -1;
    }
    return number;
}

static ajwt_reason give(ajwt_http_response *response,
                        const support_answer *answer, apr_pool_t *pool)
{
    response->status = answer->body ? 200 : answer->status;
    response->max_age_s = answer->max_age_s;
    response->etag = answer->etag;
    if (answer->body) {
        response->body = ajwt_bytes_from_string(answer->body);
        return AJWT_ACCEPTED;
    }
    response->detail = apr_pstrcat(pool, answer->url, ": refused", NULL);
    return answer->reason;
}

static int is_unchanged(const support_answer *answer,
                        const ajwt_http_request *request)
{
    return answer->body && answer->etag && request->etag &&
           strcmp(answer->etag, request->etag) == 0;
}

static ajwt_reason get(ajwt_http_response *response,
                       const ajwt_fetcher *fetcher,
                       const ajwt_http_request *request, apr_pool_t *pool)
{
    support_issuer *issuer = (support_issuer *)fetcher;
    const support_answer *answer = issuer->answers;

    memset(response, 0, sizeof *response);
    response->max_age_s = -1;
    issuer->asked = apr_pstrcat(pool, issuer->asked, request->url, " ", NULL);
    issuer->deadline = request->deadline;
    issuer->etag = request->etag ? apr_pstrdup(pool, request->etag) : NULL;
    issuer->is_foreign = request->is_foreign;
    while (answer->url && strcmp(answer->url, request->url) != 0)
        answer++;
    if (answer->url && is_unchanged(answer, request)) {
        response->status = 304;
        response->max_age_s = answer->max_age_s;
        return AJWT_ACCEPTED;
    }
    if (answer->url)
        return give(response, answer, pool);
    response->detail = "nobody lives there";
    return AJWT_FETCH_FAILED;
}

support_issuer *support_make_issuer(const support_answer *answers,
                                    apr_pool_t *pool)
{
    support_issuer *issuer = apr_pcalloc(pool, sizeof *issuer);

    issuer->fetcher.get = get;
    issuer->answers = answers;
    issuer->asked = "";
    return issuer;
}
