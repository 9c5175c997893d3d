/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a reader of shared memory keep within bounds, whatever a child has
 * written there, and do good keys serve again?
 *
 * First line: a place (start, times, refresh, mark, validator, failure, body or
 * other), an offset from it, and how many sets were published before; then the
 * bytes that are written there.
 */
#include "fuzz.h"

#include <stdio.h>

#include "../unit/support_source.h"
#include "keys/refresher.h"
#include "keys/slot.h"

#define URL "https://issuer.example/jwks"
#define KEYS                                                          \
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%d\"," \
    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"

#define MOST_SETS 3

static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};

/* What lasts: making a mutex and a segment takes long. */
static const ajwt_source *source;
static ajwt_shm_slots *shared;
static ajwt_slot *slot;
static ajwt_sources *sources;

void fuzz_open(void)
{
    apr_pool_t *pool = support_root();
    support_segment segment = support_make_segment(pool);

    sources = support_sources(pool, URL, NULL);
    source = ajwt_sources_get(sources, 0);
    shared = support_bind(&segment, sources, pool);
    slot = ajwt_slot_in(support_memory(&segment, source));
}

/* --- the damage */

static size_t place_named(const char *name)
{
    const unsigned number = atomic_load(&slot->generation) & 1;
    const struct {
        const char *name;
        size_t offset;
    } places[] = {
        {"times", offsetof(ajwt_slot, fetched_at)},
        {"refresh", offsetof(ajwt_slot, state.refresh)},
        {"mark", offsetof(ajwt_slot, state.mark)},
        {"validator", offsetof(ajwt_slot, state.validator)},
        {"failure", offsetof(ajwt_slot, state.failure)},
        {"body", (size_t)((char *)&slot->bodies[number] - (char *)slot)},
        {"other", (size_t)((char *)&slot->bodies[number ^ 1] - (char *)slot)},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(places); i++) {
        if (strcmp(places[i].name, name) == 0)
            return places[i].offset;
    }
    return 0;
}

static void write_damage(const char *name, unsigned offset, ajwt_bytes bytes)
{
    const size_t at = (place_named(name) + offset) % sizeof *slot;
    const size_t room = sizeof *slot - at;

    if (bytes.len)
        memcpy((char *)slot + at, bytes.data,
               bytes.len < room ? bytes.len : room);
}

/* --- what must hold */

static const char *make_keys(int number, apr_pool_t *pool)
{
    return apr_psprintf(pool, KEYS, number);
}

static void publish(int number, apr_pool_t *pool)
{
    ajwt_slot_state *state;

    FUZZ_CHECK(ajwt_shm_slots_lock(&state, shared, source) == APR_SUCCESS);
    ajwt_refresh_schedule_begin(&state->refresh, &schedule, apr_time_now());
    ajwt_refresh_schedule_succeed(&state->refresh, &schedule, -1, 0,
                                  apr_time_now());
    ajwt_shm_slots_publish(shared, source,
                           ajwt_bytes_from_string(make_keys(number, pool)));
    apr_cpystrn(state->validator.url, URL, sizeof state->validator.url);
    apr_cpystrn(state->validator.etag, "\"1\"", sizeof state->validator.etag);
    ajwt_shm_slots_end_attempt(shared, source);
    ajwt_shm_slots_unlock(shared);
}

static int is_terminated(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static void check_words(void)
{
    const apr_time_t now = apr_time_now();
    ajwt_refresh_state cached;

    (void)ajwt_shm_slots_was_unsuccessful(
        shared, source, ajwt_shm_slots_attempts(shared, source),
        SUPPORT_BYTES("kid"));
    ajwt_shm_slots_peek(&cached, shared, source);
    (void)ajwt_refresh_schedule_is_leased(&cached, now);
    (void)ajwt_refresh_schedule_next_at(&cached, &schedule, now);
    (void)ajwt_refresh_schedule_is_stale(
        ajwt_shm_slots_fetched_at(shared, source), &schedule, now);
    (void)ajwt_shm_slots_may_warn(shared, source, now);
    FUZZ_CHECK(!ajwt_shm_slots_may_warn(shared, source, now));
    (void)ajwt_shm_slots_take_warned(shared, source);
    FUZZ_CHECK(!ajwt_shm_slots_take_warned(shared, source));
    (void)ajwt_shm_slots_take_request(shared, source);
    FUZZ_CHECK(!ajwt_shm_slots_take_request(shared, source));
}

static void check_state(void)
{
    ajwt_slot_state *state;

    FUZZ_CHECK(ajwt_shm_slots_lock(&state, shared, source) == APR_SUCCESS);
    FUZZ_CHECK(is_terminated(state->validator.url, AJWT_MAX_URL_BYTES + 1));
    FUZZ_CHECK(is_terminated(state->validator.etag, AJWT_MAX_ETAG_BYTES + 1));
    FUZZ_CHECK(fuzz_is_header_value(state->validator.etag));
    FUZZ_CHECK(is_terminated(state->failure.detail, AJWT_MAX_DETAIL_BYTES + 1));
    FUZZ_CHECK((unsigned)state->failure.reason < AJWT_REASON_COUNT);
    FUZZ_CHECK(state->refresh.fetched_at >= 0);
    ajwt_shm_slots_unlock(shared);
}

/* Nothing, or the set that was published last: no other has its digest. */
static void check_body(int sets, apr_pool_t *pool)
{
    unsigned generation;
    ajwt_bytes text;

    FUZZ_CHECK(ajwt_shm_slots_read(&text, &generation, shared, source, pool) ==
               APR_SUCCESS);
    FUZZ_CHECK(text.len <= AJWT_MAX_DOCUMENT_BYTES);
    FUZZ_CHECK(generation == ajwt_shm_slots_generation(shared, source));
    FUZZ_CHECK(!text.len ||
               (sets && ajwt_bytes_equal_string(text, make_keys(sets, pool))));
}

/* Which set a child uses; 0: none */
static int number_used(ajwt_keyring *keyring)
{
    ajwt_pinned pinned;
    int number = 0;

    ajwt_keyring_acquire(&pinned, keyring, source);
    if (pinned.keyset)
        sscanf((const char *)APR_ARRAY_IDX(pinned.keyset->keys, 0, ajwt_key)
                   .kid.data,
               "%d", &number);
    ajwt_keyring_release(&pinned);
    return number;
}

static void check_recovery(ajwt_keyring *keyring, apr_pool_t *pool)
{
    const support_answer answers[] = {
        {.url = URL, .body = make_keys(MOST_SETS + 1, pool), .max_age_s = -1},
        {0}};
    const ajwt_refresher refresher = {
        .shared = shared,
        .schedule = &schedule,
        .fetcher = &support_make_issuer(answers, pool)->fetcher,
        .now = apr_time_now};
    ajwt_refresh_result result;

    (void)ajwt_refresher_resume(&refresher, source, 0, pool);
    ajwt_shm_slots_request(shared, source);
    (void)ajwt_refresher_next_at(&refresher, source, pool);
    if (ajwt_refresher_run(&result, &refresher, source, pool))
        FUZZ_CHECK(number_used(keyring) == MOST_SETS + 1);
    publish(MOST_SETS + 2, pool);
    FUZZ_CHECK(number_used(keyring) == MOST_SETS + 2);
    (void)ajwt_shm_slots_take_damage(shared, source);
    FUZZ_CHECK(!ajwt_shm_slots_take_damage(shared, source));
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    const char *line = fuzz_string(fuzz_line(&input), pool);
    support_client *client = support_make_client(pool);
    unsigned offset = 0, sets = 0, set;
    ajwt_keyring *keyring;
    char name[16] = "";
    int number;

    (void)sscanf(line, "%15s %u %u", name, &offset, &sets);
    sets %= MOST_SETS + 1;
    memset(slot, 0, sizeof *slot);
    FUZZ_CHECK(ajwt_keyring_open(&keyring, sources, shared, &schedule,
                                 &client->client, pool) == APR_SUCCESS);
    for (set = 1; set <= sets; set++)
        publish((int)set, pool);
    FUZZ_CHECK(number_used(keyring) == (int)sets);
    write_damage(name, offset, input);
    check_words();
    check_state();
    check_body((int)sets, pool);
    number = number_used(keyring);
    FUZZ_CHECK(number == 0 || number == (int)sets);
    check_recovery(keyring, pool);
}
