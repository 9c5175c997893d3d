#include "support.h"

#include "core/counters.h"

static void begins_at_zero(void **state)
{
    ajwt_counters *counters =
        ajwt_counters_bind(apr_pcalloc(*state, sizeof *counters), SUPPORT_NOW);

    support_expect("since", counters->since == SUPPORT_NOW);
    support_expect("zero", counters->of[AJWT_EXPIRED].answered == 0);
    support_expect_text("tag", counters->of[AJWT_EXPIRED].tag, "JWT0307");
}

/* A reload finds what was counted before. */
static void goes_on(void **state)
{
    void *memory = apr_pcalloc(*state, sizeof(ajwt_counters));
    ajwt_counters *counters = ajwt_counters_bind(memory, SUPPORT_NOW);

    atomic_fetch_add(&counters->of[AJWT_EXPIRED].answered, 3);
    counters = ajwt_counters_bind(memory, SUPPORT_NOW + 1);
    support_expect("since", counters->since == SUPPORT_NOW);
    support_expect("count", counters->of[AJWT_EXPIRED].answered == 3);
}

/* A module of another version counted something else there. */
static void begins_anew_for_other_reasons(void **state)
{
    void *memory = apr_pcalloc(*state, sizeof(ajwt_counters));
    ajwt_counters *counters = ajwt_counters_bind(memory, SUPPORT_NOW);

    atomic_fetch_add(&counters->of[AJWT_EXPIRED].answered, 3);
    counters->of[AJWT_EXPIRED].tag[6]++;
    counters = ajwt_counters_bind(memory, SUPPORT_NOW + 1);
    support_expect("since", counters->since == SUPPORT_NOW + 1);
    support_expect("count", counters->of[AJWT_EXPIRED].answered == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(begins_at_zero),
        SUPPORT_TEST(goes_on),
        SUPPORT_TEST(begins_anew_for_other_reasons),
    };

    return SUPPORT_RUN(tests);
}
