/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "cache/mac_key.h"

static const ajwt_mac_key *make(apr_pool_t *pool)
{
    const ajwt_mac_key *key;

    support_expect_reason("make", ajwt_mac_key_make(&key, pool), AJWT_ACCEPTED);
    return key;
}

static int are_equal(const ajwt_mac_key *a, ajwt_bytes one,
                     const ajwt_mac_key *b, ajwt_bytes other)
{
    ajwt_mac first, second;

    support_expect_reason("take", ajwt_mac_compute(&first, a, one),
                          AJWT_ACCEPTED);
    support_expect_reason("take", ajwt_mac_compute(&second, b, other),
                          AJWT_ACCEPTED);
    return memcmp(&first, &second, sizeof first) == 0;
}

static void knows_bytes_again(void **state)
{
    const ajwt_mac_key *key = make(*state);

    support_expect("the same", are_equal(key, SUPPORT_BYTES("a.b.c"), key,
                                         SUPPORT_BYTES("a.b.c")));
    support_expect("others", !are_equal(key, SUPPORT_BYTES("a.b.c"), key,
                                        SUPPORT_BYTES("a.b.d")));
    support_expect("a NUL more", !are_equal(key, SUPPORT_BYTES("a.b.c"), key,
                                            SUPPORT_BYTES("a.b.c\0")));
    support_expect("none and one", !are_equal(key, SUPPORT_BYTES(""), key,
                                              SUPPORT_BYTES("\0")));
}

/* G5: nobody can find two texts that share one, since nobody has the key. */
static void differs_by_server(void **state)
{
    support_expect("two keys",
                   !are_equal(make(*state), SUPPORT_BYTES("a.b.c"),
                              make(*state), SUPPORT_BYTES("a.b.c")));
}

static void hangs_on_each_bit(void **state)
{
    const ajwt_mac_key *key = make(*state);
    unsigned char bytes[64] = {0}, zeroes[64] = {0};
    const ajwt_bytes changed = {bytes, sizeof bytes};
    const ajwt_bytes same = {zeroes, sizeof zeroes};
    unsigned bit;

    for (bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] = (unsigned char)(1 << bit % 8);
        support_expect(apr_psprintf(*state, "bit %u", bit),
                       !are_equal(key, same, key, changed));
        bytes[bit / 8] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(knows_bytes_again),
        SUPPORT_TEST(differs_by_server),
        SUPPORT_TEST(hangs_on_each_bit),
    };

    return SUPPORT_RUN(tests);
}
