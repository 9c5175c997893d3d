/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/challenge.h"

typedef struct challenge_case {
    ajwt_reason reason;
    const char *realm;
    const char *scope;
    const char *challenge;
} challenge_case;

static const challenge_case challenges[] = {
    /* RFC 6750 3.1: no error code where no credentials came */
    {AJWT_NO_TOKEN, "orders", NULL, "Bearer realm=\"orders\""},
    {AJWT_OTHER_SCHEME, "orders", NULL, "Bearer realm=\"orders\""},
    {AJWT_NO_TOKEN, NULL, NULL, "Bearer"},
    {AJWT_NO_TOKEN, NULL, "a b", "Bearer scope=\"a b\""},
    {AJWT_NO_TOKEN, "a \\\"b\\\"", NULL, "Bearer realm=\"a \\\"b\\\"\""},
    {AJWT_MALFORMED_CREDENTIALS, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_request\", "
     "error_description=\"malformed credentials\""},
    {AJWT_SEVERAL_TOKENS, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_request\", "
     "error_description=\"more than one token\""},
    {AJWT_EXPIRED, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_token\", "
     "error_description=\"token expired\""},
    {AJWT_EXPIRED, NULL, NULL,
     "Bearer error=\"invalid_token\", error_description=\"token expired\""},
    {AJWT_AUDIENCE_REFUSED, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_token\", "
     "error_description=\"audience not accepted\""},
    {AJWT_SIGNATURE_INVALID, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_token\", "
     "error_description=\"signature does not verify\""},
    {AJWT_SCOPE_MISSING, "orders", "orders.read orders.write",
     "Bearer realm=\"orders\", error=\"insufficient_scope\", "
     "error_description=\"scope not granted\", "
     "scope=\"orders.read orders.write\""},
    {AJWT_CLAIM_RULE, "orders", NULL, "Bearer realm=\"orders\""},
};

/* F6 */
static void prints_error_and_scope(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(challenges); i++) {
        const challenge_case *c = &challenges[i];

        support_expect_text(
            ajwt_reason_describe(c->reason)->name,
            ajwt_challenge_print(
                c->reason,
                &(ajwt_challenge){.realm = c->realm, .scope = c->scope},
                *state),
            c->challenge);
    }
}

/* RFC 9470 3, RFC 9728 5.1 */
static void prints_all_parameters(void **state)
{
    const ajwt_challenge all = {.realm = "orders",
                                .acr_values = "gold silver",
                                .max_age = "60",
                                .resource_metadata =
                                    "https://api.example/.well-known/x"};

    support_expect_text(
        "step-up", ajwt_challenge_print(AJWT_STEP_UP_NEEDED, &all, *state),
        "Bearer realm=\"orders\", error=\"insufficient_user_authentication\", "
        "error_description=\"another or a more recent login is required\", "
        "acr_values=\"gold silver\", max_age=\"60\", "
        "resource_metadata=\"https://api.example/.well-known/x\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(prints_error_and_scope),
        SUPPORT_TEST(prints_all_parameters),
    };

    return SUPPORT_RUN(tests);
}
