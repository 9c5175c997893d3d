/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "cache/counters.h"

static void starts_at_zero(void **state)
{
    ajwt_counters *counters =
        ajwt_counters_bind(apr_pcalloc(*state, sizeof *counters), SUPPORT_NOW);

    support_expect("since", counters->since == SUPPORT_NOW);
    support_expect("zero", counters->of_reason[AJWT_EXPIRED].answered == 0);
    support_expect_text("tag", counters->of_reason[AJWT_EXPIRED].tag,
                        "JWT0307");
}

/* A reload finds what was counted before. */
static void persists_across_reload(void **state)
{
    void *memory = apr_pcalloc(*state, sizeof(ajwt_counters));
    ajwt_counters *counters = ajwt_counters_bind(memory, SUPPORT_NOW);

    ajwt_counters_add(&counters->of_reason[AJWT_EXPIRED].answered);
    counters = ajwt_counters_bind(memory, SUPPORT_NOW + 1);
    support_expect("since", counters->since == SUPPORT_NOW);
    support_expect("count", counters->of_reason[AJWT_EXPIRED].answered == 1);
}

/* A module of another version counted something else there. */
static void starts_again_for_other_reasons(void **state)
{
    void *memory = apr_pcalloc(*state, sizeof(ajwt_counters));
    ajwt_counters *counters = ajwt_counters_bind(memory, SUPPORT_NOW);

    ajwt_counters_add(&counters->of_reason[AJWT_EXPIRED].answered);
    counters->of_reason[AJWT_EXPIRED].tag[6]++;
    counters = ajwt_counters_bind(memory, SUPPORT_NOW + 1);
    support_expect("since", counters->since == SUPPORT_NOW + 1);
    support_expect("count", counters->of_reason[AJWT_EXPIRED].answered == 0);
}

/* Each counter is incremented alone. */
static void adds_one(void **state)
{
    ajwt_counters *counters =
        ajwt_counters_bind(apr_pcalloc(*state, sizeof *counters), SUPPORT_NOW);

    ajwt_counters_add(&counters->of_reason[AJWT_EXPIRED].answered);
    ajwt_counters_add(&counters->of_reason[AJWT_EXPIRED].answered);
    ajwt_counters_add(&counters->of_reason[AJWT_EXPIRED].reported);
    ajwt_counters_add(&counters->signature_cache.misses);
    support_expect("answered", counters->of_reason[AJWT_EXPIRED].answered == 2);
    support_expect("reported", counters->of_reason[AJWT_EXPIRED].reported == 1);
    support_expect("hits", counters->signature_cache.hits == 0);
    support_expect("misses", counters->signature_cache.misses == 1);
    support_expect("another reason",
                   counters->of_reason[AJWT_ACCEPTED].answered == 0);
}

/* Once in an hour, for each reason, also when the clock goes back */
static void first_in_an_hour(void **state)
{
    static const struct {
        int at_s;
        ajwt_reason reason;
        int is_first;
    } events[] = {
        {0, AJWT_EXPIRED, 1},
        {0, AJWT_EXPIRED, 0},
        {0, AJWT_AUDIENCE_REFUSED, 1},
        {3599, AJWT_EXPIRED, 0},
        {3600, AJWT_EXPIRED, 1},
        {3600, AJWT_EXPIRED, 0},
        {3599, AJWT_EXPIRED, 0}, /* a thread with an older clock reading */
        {-86400, AJWT_EXPIRED, 1},
        {-86000, AJWT_EXPIRED, 0},
        {-86400 + 3600, AJWT_EXPIRED, 1},
    };
    ajwt_warnings *warnings = apr_pcalloc(*state, sizeof *warnings);
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(events); i++)
        support_expect(apr_psprintf(*state, "event %u", i),
                       ajwt_warnings_is_first(
                           warnings, events[i].reason,
                           SUPPORT_NOW + apr_time_from_sec(events[i].at_s)) ==
                           events[i].is_first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(starts_at_zero),
        SUPPORT_TEST(persists_across_reload),
        SUPPORT_TEST(starts_again_for_other_reasons),
        SUPPORT_TEST(adds_one),
        SUPPORT_TEST(first_in_an_hour),
    };

    return SUPPORT_RUN(tests);
}
