/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* A row that is wrong is named. */
static void expect(const ajwt_reason_row *row, const char *what, int holds)
{
    if (!holds)
        print_error("%s: ", row->name);
    support_expect(what, holds);
}

static void is_unique(void **state)
{
    int a, b;

    (void)state;
    for (a = 0; a < AJWT_REASON_COUNT; a++) {
        const ajwt_reason_row *row = ajwt_reason_describe(a);

        for (b = 0; b < a; b++) {
            const ajwt_reason_row *other = ajwt_reason_describe(b);

            expect(row, "tag is unique", strcmp(row->tag, other->tag) != 0);
            expect(row, "name is unique", strcmp(row->name, other->name) != 0);
            expect(row, "text is unique", strcmp(row->text, other->text) != 0);
        }
    }
}

static int is_made_of(const char *text, const char *bytes)
{
    return *text && strspn(text, bytes) == strlen(text);
}

/* RFC 6750 3: neither quotes nor backslashes nor what is not ASCII; and
 * what needs no escaping in a log or a page */
static int is_plain(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e || strchr("\"\\<>&%'", *text))
            return 0;
    }
    return 1;
}

/* D9 */
static void is_written_plainly(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        const ajwt_reason_row *row = ajwt_reason_describe(i);

        expect(row, "name",
               is_made_of(row->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"));
        expect(row, "tag is JWT and four digits",
               strlen(row->tag) == 7 && strncmp(row->tag, "JWT", 3) == 0 &&
                   is_made_of(row->tag + 3, "0123456789"));
        expect(row, "text is short",
               strlen(row->text) >= 5 && strlen(row->text) <= 60);
        expect(row, "text is plain", is_plain(row->text));
    }
}

/* The number of a reason says what it is about. */
static int group_of(const ajwt_reason_row *row)
{
    return row->tag[4] - '0';
}

static int is_error_of_status(const char *error, int status)
{
    switch (status) {
    case 400:
        return strcmp(error, "invalid_request") == 0;
    case 401:
        return !*error || strcmp(error, "invalid_token") == 0 ||
               strcmp(error, "insufficient_user_authentication") == 0;
    case 403:
        return !*error || strcmp(error, "insufficient_scope") == 0;
    case 200:
    case 500:
    case 503:
        return !*error;
    default:
        return 0;
    }
}

static void status_and_error_agree(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        const ajwt_reason_row *row = ajwt_reason_describe(i);

        expect(row, "RFC 6750 3.1, RFC 9470 3",
               is_error_of_status(row->error, row->status));
        expect(row, "only ACCEPTED lets anybody in",
               (row->status == 200) == (i == AJWT_ACCEPTED));
        /* who sent no bearer token is not told that it was wrong */
        expect(row, "401 without an error",
               row->status != 401 || *row->error || i == AJWT_NO_TOKEN ||
                   i == AJWT_OTHER_SCHEME);
    }
}

static void groups_have_their_status(void **state)
{
    static const char *const allowed[] = {
        "200 400 401", "401", "401 503", "401", "401 403", "500", "503", "503"};
    int i;

    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        const ajwt_reason_row *row = ajwt_reason_describe(i);
        int group = group_of(row);

        expect(row, "is of a group", group >= 0 && group <= 7);
        if (group >= 0 && group <= 7)
            expect(row, "status of its group",
                   strstr(allowed[group], apr_itoa(*state, row->status)) !=
                       NULL);
    }
}

static void is_as_loud_as_it_matters(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        const ajwt_reason_row *row = ajwt_reason_describe(i);
        int is_clients = row->status >= 400 && row->status < 500;

        expect(row, "a client's mistake is info",
               !is_clients || row->level == AJWT_LEVEL_INFO);
        expect(row, "what concerns requests and is no client's mistake is not",
               is_clients || row->level != AJWT_LEVEL_INFO ||
                   group_of(row) >= 6);
        expect(row, "our own mistake is an error",
               (row->status == 500) == (row->level == AJWT_LEVEL_ERROR));
    }
}

/* Rows are sorted, so that a reader finds a number and a gap. */
static void is_in_the_order_of_its_tags(void **state)
{
    int i;

    (void)state;
    for (i = 1; i < AJWT_REASON_COUNT; i++)
        expect(ajwt_reason_describe(i), "comes after the one before",
               strcmp(ajwt_reason_describe(i - 1)->tag,
                      ajwt_reason_describe(i)->tag) < 0);
}

/* Whoever starts from zeroed memory must not start from a misleading row. */
static void what_is_no_reason_is_internal(void **state)
{
    const ajwt_reason_row *internal = ajwt_reason_describe(AJWT_INTERNAL);

    (void)state;
    assert_string_equal(internal->name, "INTERNAL");
    assert_int_equal(internal->status, 500);
    assert_ptr_equal(ajwt_reason_describe(AJWT_REASON_COUNT), internal);
    assert_ptr_equal(ajwt_reason_describe((ajwt_reason)-1), internal);
    assert_ptr_equal(ajwt_reason_describe((ajwt_reason)10000), internal);
}

/* The words of the contract */
static void texts_that_others_rely_on(void **state)
{
    (void)state;
    support_expect_text("EXPIRED", ajwt_reason_describe(AJWT_EXPIRED)->text,
                        "token expired");
    support_expect_text("AUDIENCE_REFUSED",
                        ajwt_reason_describe(AJWT_AUDIENCE_REFUSED)->text,
                        "audience not accepted");
    support_expect_text("SIGNATURE_INVALID",
                        ajwt_reason_describe(AJWT_SIGNATURE_INVALID)->text,
                        "signature does not verify");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(is_unique),
        SUPPORT_TEST(is_written_plainly),
        SUPPORT_TEST(status_and_error_agree),
        SUPPORT_TEST(groups_have_their_status),
        SUPPORT_TEST(is_as_loud_as_it_matters),
        SUPPORT_TEST(is_in_the_order_of_its_tags),
        SUPPORT_TEST(what_is_no_reason_is_internal),
        SUPPORT_TEST(texts_that_others_rely_on),
    };

    return SUPPORT_RUN(tests);
}
