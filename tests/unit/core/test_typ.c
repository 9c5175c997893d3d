/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/claims.h"
#include "core/typ.h"

typedef struct type_case {
    const char *accepted; /* what AuthJWTTokenType names */
    ajwt_bytes typ;
    ajwt_reason reason;
} type_case;

#define ABSENT  \
    {           \
        NULL, 0 \
    }
#define DEFAULTS "JWT at+jwt -"

static const type_case cases[] = {
    {DEFAULTS, ABSENT, AJWT_ACCEPTED},
    {DEFAULTS, SUPPORT_BYTES("JWT"), AJWT_ACCEPTED},
    {DEFAULTS, SUPPORT_BYTES("jwt"), AJWT_ACCEPTED},
    {DEFAULTS, SUPPORT_BYTES("application/jwt"), AJWT_ACCEPTED},
    {DEFAULTS, SUPPORT_BYTES("APPLICATION/JWT"), AJWT_ACCEPTED},
    {DEFAULTS, SUPPORT_BYTES("at+jwt"), AJWT_ACCEPTED},
    {DEFAULTS, SUPPORT_BYTES("AT+JWT"), AJWT_ACCEPTED},
    {DEFAULTS, SUPPORT_BYTES("application/at+jwt"), AJWT_ACCEPTED},
    {DEFAULTS, SUPPORT_BYTES("Application/At+Jwt"), AJWT_ACCEPTED},

    {DEFAULTS, SUPPORT_BYTES(""), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("-"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("JWS"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("JOSE"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("JWT "), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("JWT\0"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("JW"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("JWTX"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("application/"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("/jwt"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("text/jwt"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("application/application/jwt"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("application/jwt;x=y"), AJWT_TYPE_REFUSED},
    /* JWTs that are no access tokens */
    {DEFAULTS, SUPPORT_BYTES("dpop+jwt"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("logout+jwt"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("secevent+jwt"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("statuslist+jwt"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("token-introspection+jwt"), AJWT_TYPE_REFUSED},
    {DEFAULTS, SUPPORT_BYTES("vc+sd-jwt"), AJWT_TYPE_REFUSED},

    {"at+jwt", SUPPORT_BYTES("at+jwt"), AJWT_ACCEPTED},
    {"at+jwt", SUPPORT_BYTES("application/at+jwt"), AJWT_ACCEPTED},
    {"at+jwt", SUPPORT_BYTES("JWT"), AJWT_TYPE_REFUSED},
    {"at+jwt", ABSENT, AJWT_TYPE_REFUSED},
    {"application/at+jwt", SUPPORT_BYTES("at+jwt"), AJWT_ACCEPTED},
    {"application/at+jwt", SUPPORT_BYTES("APPLICATION/AT+JWT"), AJWT_ACCEPTED},
    {"at+jwt -", ABSENT, AJWT_ACCEPTED},
    {"-", ABSENT, AJWT_ACCEPTED},
    {"-", SUPPORT_BYTES("JWT"), AJWT_TYPE_REFUSED},
    {"-", SUPPORT_BYTES("-"), AJWT_TYPE_REFUSED},
    {"example/x", SUPPORT_BYTES("EXAMPLE/X"), AJWT_ACCEPTED},
    {"example/x", SUPPORT_BYTES("x"), AJWT_TYPE_REFUSED},
    /* the prefix may be left out only where no other slash follows */
    {"a/b", SUPPORT_BYTES("application/a/b"), AJWT_TYPE_REFUSED},
};

/* D8 */
static void judges_types(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const type_case *c = &cases[i];
        ajwt_policy policy = support_policy(*state);

        policy.types = support_split(c->accepted, *state);
        support_expect_reason(
            apr_psprintf(*state, "%s for %s", c->accepted,
                         c->typ.data ? (const char *)c->typ.data : "absent"),
            ajwt_typ_check(c->typ, &policy), c->reason);
    }
}

static void administrators_must_not_accept(void **state)
{
    static const char *const never[] = {"dpop+jwt",
                                        "logout+jwt",
                                        "secevent+jwt",
                                        "statuslist+jwt",
                                        "DPoP+JWT",
                                        "application/logout+jwt",
                                        ""};
    static const char *const fine[] = {
        "JWT", "at+jwt", "-", "application/jwt", "dpop", "my-token+jwt"};
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(never); i++)
        support_expect(never[i], ajwt_typ_refusal(never[i]) != NULL);
    for (i = 0; i < SUPPORT_COUNT(fine); i++)
        support_expect_text(fine[i], ajwt_typ_refusal(fine[i]), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(judges_types),
        SUPPORT_TEST(administrators_must_not_accept),
    };

    return SUPPORT_RUN(tests);
}
