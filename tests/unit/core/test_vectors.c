/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does each case in tests/vectors get the reason that it names?
 *
 * A case is a line of JSON; tests/vectors/README.md says what may be in it.
 * Signatures are made here, with this run's keys, so that a case is data and
 * holds no key.
 */
#include "support.h"

#include <stdio.h>

#include <apr_file_info.h>
#include <apr_hash.h>

#include "core/base64url.h"
#include "core/authorization_header.h"
#include "core/document.h"
#include "core/members.h"
#include "core/user_name.h"
#include "core/verify.h"

#define FOLDER "tests/vectors"

/* Which reasons the cases of this run have produced */
static int produced[AJWT_REASON_COUNT];
/* Which oddities they have shown, of those that are repaired */
static int repaired[AJWT_ODDITY_COUNT];
static int case_count;

/* --- texts --- */

static const char *replace(const char *text, const char *name,
                           const char *value, apr_pool_t *pool)
{
    const char *replaced = "", *at;

    while ((at = strstr(text, name))) {
        replaced = apr_pstrcat(
            pool, replaced, apr_pstrmemdup(pool, text, (apr_size_t)(at - text)),
            value, NULL);
        text = at + strlen(name);
    }
    return apr_pstrcat(pool, replaced, text, NULL);
}

/* "repeat": {"@X@": ["x", 100]} */
static const char *repeat(const json_t *vector, const char *text,
                          apr_pool_t *pool)
{
    json_t *repeats = json_object_get(vector, "repeat"), *value;
    const char *name;

    json_object_foreach(repeats, name, value)
    {
        text = replace(
            text, name,
            support_repeat(json_string_value(json_array_get(value, 0)),
                           (int)json_integer_value(json_array_get(value, 1)),
                           pool),
            pool);
    }
    return text;
}

static const char *string_or(const json_t *object, const char *name,
                             const char *otherwise)
{
    const json_t *value = json_object_get(object, name);

    return json_is_string(value) ? json_string_value(value) : otherwise;
}

/* --- headers and payloads: raw text, an object, or a default that changes ---
 */

static const char *text_of(const json_t *vector, const char *part,
                           json_t *otherwise, apr_pool_t *pool)
{
    const json_t *value = json_object_get(vector, part);
    json_t *drop =
        json_object_get(vector, apr_pstrcat(pool, "drop_", part, NULL));
    json_t *name;
    size_t i;

    if (json_is_string(value))
        return repeat(vector, json_string_value(value), pool);
    if (value)
        return repeat(vector, support_print(value, pool), pool);
    json_object_update(
        otherwise,
        json_object_get(vector, apr_pstrcat(pool, "set_", part, NULL)));
    json_array_foreach(drop, i, name)
    {
        json_object_del(otherwise, json_string_value(name));
    }
    return repeat(vector, support_print(otherwise, pool), pool);
}

static const char *header_of(const json_t *vector, const support_key *key,
                             apr_pool_t *pool)
{
    json_t *header =
        json_pack("{s:s, s:s, s:s}", "typ", "JWT", "alg",
                  string_or(vector, "sign", "RS256"), "kid", key->name);

    return text_of(vector, "header", support_own(header, pool), pool);
}

/* --- keys --- */

/* "null": what is to be null in the JWK */
static void set_nulls(json_t *jwk, apr_pool_t *pool)
{
    json_t *names =
        support_own(json_incref(json_object_get(jwk, "null")), pool);
    json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        json_object_set_new(jwk, json_string_value(name), json_null());
    }
    json_object_del(jwk, "null");
}

/* A name, or an object: "of" names the key, null takes a member away */
static json_t *jwk_of(json_t *value, apr_pool_t *pool)
{
    const char *text = json_is_string(value) ? json_string_value(value)
                                             : string_or(value, "of", NULL);
    json_t *jwk = text ? support_jwk(text, pool) : support_json("{}", pool);
    json_t *member;
    const char *name;

    if (json_is_string(value))
        json_object_set(jwk, "kid", value);
    json_object_foreach(value, name, member)
    {
        if (json_is_null(member))
            json_object_del(jwk, name);
        else if (strcmp(name, "of") != 0)
            json_object_set(jwk, name, member);
    }
    if (json_object_get(jwk, "x5c_of"))
        json_object_set_new(
            jwk, "x5c",
            json_pack("[s]",
                      support_x5c(string_or(jwk, "x5c_of", NULL), pool)));
    json_object_del(jwk, "x5c_of");
    set_nulls(jwk, pool);
    return jwk;
}

static const char *jwks_of(json_t *values, apr_pool_t *pool)
{
    json_t *jwks = support_own(json_pack("{s:[]}", "keys"), pool), *value;
    size_t i;

    json_array_foreach(values, i, value)
    {
        json_array_append(json_object_get(jwks, "keys"), jwk_of(value, pool));
    }
    return support_print(jwks, pool);
}

static ajwt_origin origin_of(const json_t *vector)
{
    return strcmp(string_or(vector, "origin", "local"), "fetched") == 0
               ? AJWT_FETCHED
               : AJWT_LOCAL;
}

/* The signer's own key unless the case says which; null: no set at all */
static const ajwt_keyset *keys_of(const json_t *vector, const support_key *key,
                                  apr_pool_t *pool)
{
    json_t *values = json_object_get(vector, "keys");
    const ajwt_keyset *keyset = NULL;
    const char *text;

    if (json_is_null(values))
        return NULL;
    text = values ? jwks_of(values, pool) : support_jwks(pool, key->name, NULL);
    if (ajwt_keyset_parse(&keyset, ajwt_bytes_from_string(text),
                          origin_of(vector), pool) != AJWT_ACCEPTED)
        fail_msg("%s: its keys are not usable: %s",
                 string_or(vector, "name", ""), text);
    return keyset;
}

static const char *in_base64(ajwt_bytes raw, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, raw.len * 2);

    EVP_EncodeBlock((unsigned char *)text, raw.data, (int)raw.len);
    return text;
}

/* The texts among what an attacker knows of a public key; NULL: not a text */
static const char *public_text(const char *form, const support_key *key,
                               apr_pool_t *pool)
{
    const char *pem = support_public_pem(key->name, pool);

    if (strcmp(form, "pem") == 0)
        return pem;
    if (strcmp(form, "pem with a space before") == 0)
        return apr_pstrcat(pool, " ", pem, NULL);
    if (strcmp(form, "pem without its newline") == 0)
        return apr_pstrmemdup(pool, pem, strlen(pem) - 1);
    if (strcmp(form, "pem with CRLF") == 0)
        return replace(pem, "\n", "\r\n", pool);
    if (strcmp(form, "certificate") == 0)
        return support_certificate_pem(key->name, pool);
    if (strcmp(form, "der in base64") == 0)
        return in_base64(support_public_der(key->name, pool), pool);
    if (strcmp(form, "jwk") == 0)
        return support_print(support_jwk(key->name, pool), pool);
    if (strcmp(form, "jwks") == 0)
        return support_jwks(pool, key->name, NULL);
    if (strcmp(form, "kid") == 0)
        return key->name;
    return strcmp(form, "nothing") == 0 ? "" : NULL;
}

/* The same as bytes: a text, DER, or a member of the JWK */
static ajwt_bytes public_secret(const char *form, const support_key *key,
                                apr_pool_t *pool)
{
    json_t *jwk = support_jwk(key->name, pool);
    const char *text = public_text(form, key, pool);
    ajwt_bytes raw = {NULL, 0};
    ajwt_reason reason = AJWT_ACCEPTED;

    if (text)
        return ajwt_bytes_from_string(text);
    if (strcmp(form, "der") == 0)
        return support_public_der(key->name, pool);
    reason = ajwt_base64url_decode(
        &raw, ajwt_bytes_from_string(string_or(jwk, form, NULL)), pool);
    assert_int_equal(reason, AJWT_ACCEPTED);
    return raw;
}

/* --- the token --- */

static ajwt_bytes sign(const json_t *vector, const support_key *key,
                       const char *input, apr_pool_t *pool)
{
    const char *alg = string_or(vector, "sign", "RS256");
    const char *form = string_or(vector, "hmac_with", NULL);
    support_key secret = *key;

    if (form) {
        secret.secret = public_secret(form, key, pool);
        return support_sign(&secret, alg, ajwt_bytes_from_string(input), pool);
    }
    return support_sign(key, alg, ajwt_bytes_from_string(input), pool);
}

static const char *token_of(const json_t *vector, const support_key *key,
                            apr_pool_t *pool)
{
    const char *input = support_signing_input(
        header_of(vector, key, pool),
        text_of(vector, "claims", support_claims(pool), pool), pool);
    const char *dot = strchr(input, '.'), *text;

    text = repeat(vector,
                  string_or(vector, "compact", "{header}.{claims}.{signature}"),
                  pool);
    text =
        replace(text, "{header}",
                apr_pstrmemdup(pool, input, (apr_size_t)(dot - input)), pool);
    text = replace(text, "{claims}", dot + 1, pool);
    return replace(text, "{signature}",
                   ajwt_base64url_encode(sign(vector, key, input, pool), pool),
                   pool);
}

/* --- the policy --- */

static ajwt_alg_set algs_of(const json_t *names)
{
    ajwt_alg_set algs = 0;
    const json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        const ajwt_alg *alg =
            ajwt_alg_find(ajwt_bytes_from_string(json_string_value(name)));

        assert_non_null(alg);
        algs |= alg->algs;
    }
    return algs;
}

/* null: the policy does not ask */
static const apr_array_header_t *words_of(const json_t *names,
                                          const apr_array_header_t *otherwise,
                                          apr_pool_t *pool)
{
    apr_array_header_t *words;
    const json_t *name;
    size_t i;

    if (!names || json_is_null(names))
        return names ? NULL : otherwise;
    words = apr_array_make(pool, 4, sizeof(const char *));
    json_array_foreach(names, i, name)
    {
        APR_ARRAY_PUSH(words, const char *) = json_string_value(name);
    }
    return words;
}

static ajwt_policy policy_of(const json_t *vector, apr_pool_t *pool)
{
    const json_t *changes = json_object_get(vector, "policy");
    const json_t *issuer = json_object_get(changes, "issuer");
    ajwt_policy policy = support_policy(pool);

    policy.issuer = json_is_null(issuer)
                        ? NULL
                        : string_or(changes, "issuer", policy.issuer);
    if (json_object_get(changes, "algs"))
        policy.algs = algs_of(json_object_get(changes, "algs"));
    policy.types =
        words_of(json_object_get(changes, "types"), policy.types, pool);
    policy.audiences =
        words_of(json_object_get(changes, "audiences"), policy.audiences, pool);
    policy.required =
        words_of(json_object_get(changes, "required"), policy.required, pool);
    policy.tenants = words_of(json_object_get(changes, "tenants"), NULL, pool);
    policy.audience_claim =
        string_or(changes, "audience_claim", policy.audience_claim);
    if (json_object_get(changes, "leeway"))
        policy.leeway_s =
            (int)json_integer_value(json_object_get(changes, "leeway"));
    policy.max_lifetime_s =
        json_integer_value(json_object_get(changes, "max_lifetime"));
    return policy;
}

/* --- results --- */

static ajwt_reason name_user(const json_t *vector, const json_t *claims,
                             apr_pool_t *pool)
{
    const char *error;
    const apr_array_header_t *rules = ajwt_user_name_parse(
        &error, support_split(string_or(vector, "user", "sub"), pool), pool);

    assert_non_null(rules);
    return ajwt_user_name_find(&error, rules, claims, pool) ? AJWT_ACCEPTED
                                                            : AJWT_USER_MISSING;
}

/* As a request is checked: from the header to the user's name */
static ajwt_reason check_request(const json_t *vector, apr_pool_t *pool)
{
    const char *name = string_or(vector, "key", NULL);
    const support_key *key =
        name ? support_key_named(name)
             : support_key_for(string_or(vector, "sign", "RS256"));
    const char *authorization =
        json_is_null(json_object_get(vector, "authorization"))
            ? NULL
            : replace(string_or(vector, "authorization", "Bearer {token}"),
                      "{token}", token_of(vector, key, pool), pool);
    const json_t *now = json_object_get(vector, "now");
    ajwt_policy policy = policy_of(vector, pool);
    ajwt_bytes bytes;
    ajwt_token token;
    ajwt_reason reason = ajwt_authorization_header_parse(&bytes, authorization);

    if (reason == AJWT_ACCEPTED)
        reason = ajwt_authorization_header_check(bytes);
    if (reason == AJWT_ACCEPTED)
        reason = ajwt_token_parse(&token, bytes, pool);
    if (reason == AJWT_ACCEPTED)
        reason = ajwt_verify(&token, &policy, keys_of(vector, key, pool), NULL,
                             now ? apr_time_from_sec(json_integer_value(now))
                                 : SUPPORT_NOW);
    return reason == AJWT_ACCEPTED ? name_user(vector, token.claims, pool)
                                   : reason;
}

static void expect_words(const json_t *vector, const char *detail)
{
    const char *words = string_or(vector, "says", NULL);
    const char *name = string_or(vector, "name", "");

    if (words && (!detail || !strstr(detail, words)))
        print_error("%s: says %s\n", name, detail ? detail : "nothing");
    support_expect(name, !words || (detail && strstr(detail, words)));
}

static void count_repairs(const ajwt_key_note *note, apr_pool_t *pool)
{
    int oddity;

    for (oddity = 0; oddity < AJWT_ODDITY_COUNT; oddity++) {
        if (note->reason == AJWT_KEY_REPAIRED &&
            strstr(note->detail,
                   ajwt_members_describe_repair("x", oddity, pool) + 1))
            repaired[oddity] = 1;
    }
}

/* One key of a set: what the set notes about it */
static ajwt_reason check_key(const json_t *vector, apr_pool_t *pool)
{
    const char *text = jwks_of(
        support_own(json_pack("[O]", json_object_get(vector, "jwk")), pool),
        pool);
    const ajwt_keyset *keyset;
    ajwt_reason reason = ajwt_keyset_parse(
        &keyset, ajwt_bytes_from_string(repeat(vector, text, pool)),
        origin_of(vector), pool);
    const ajwt_key_note *note;

    if (!keyset || keyset->notes->nelts == 0)
        return reason;
    note = &APR_ARRAY_IDX(keyset->notes, 0, ajwt_key_note);
    expect_words(vector, note->detail);
    count_repairs(note, pool);
    return note->reason;
}

static ajwt_reason check_document(const json_t *vector, apr_pool_t *pool)
{
    const char *text = repeat(vector, string_or(vector, "document", ""), pool);
    ajwt_document document = {ajwt_bytes_from_string(text), NULL, NULL};
    ajwt_reason reason = ajwt_keyset_parse(&document.keyset, document.text,
                                           origin_of(vector), pool);

    if (origin_of(vector) == AJWT_LOCAL)
        document.path = "KEYS";
    if (reason != AJWT_ACCEPTED)
        expect_words(vector, ajwt_document_explain(&document, pool));
    return reason;
}

static ajwt_reason check(const json_t *vector, apr_pool_t *pool)
{
    if (json_object_get(vector, "jwk"))
        return check_key(vector, pool);
    if (json_object_get(vector, "document"))
        return check_document(vector, pool);
    return check_request(vector, pool);
}

static ajwt_reason reason_named(const char *name)
{
    int reason;

    for (reason = 0; reason < AJWT_REASON_COUNT; reason++) {
        if (strcmp(ajwt_reason_describe(reason)->name, name) == 0)
            return reason;
    }
    fail_msg("no reason is called %s", name);
    return AJWT_INTERNAL;
}

/* A member that nobody reads would be a case that tests something else. */
static void check_members(const json_t *vector)
{
    static const char known[] =
        " name reason header set_header drop_header claims set_claims "
        "drop_claims sign key hmac_with compact authorization repeat keys "
        "origin policy now user jwk document says ";
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)vector, name, value)
    {
        char word[64];

        apr_snprintf(word, sizeof word, " %s ", name);
        if (!strstr(known, word))
            fail_msg("%s: nobody reads %s", string_or(vector, "name", ""),
                     name);
    }
}

static void run_case(const char *where, const char *line, apr_hash_t *names,
                     apr_pool_t *pool)
{
    json_t *vector = support_json(line, pool);
    const char *name = string_or(vector, "name", "without a name");
    const char *what = apr_pstrcat(pool, where, ": ", name, NULL);
    ajwt_reason wanted = reason_named(string_or(vector, "reason", "none"));
    ajwt_reason got;

    check_members(vector);
    support_expect(what, !apr_hash_get(names, name, APR_HASH_KEY_STRING));
    apr_hash_set(names, apr_pstrdup(apr_hash_pool_get(names), name),
                 APR_HASH_KEY_STRING, "");
    got = check(vector, pool);
    support_expect_reason(what, got, wanted);
    produced[got] = 1;
    case_count++;
}

static void run_file(const char *path, apr_hash_t *names, apr_pool_t *pool)
{
    char line[16384];
    int number = 0;
    apr_pool_t *case_pool;
    FILE *file = fopen(path, "r");

    if (!file)
        fail_msg("%s cannot be read", path);
    while (fgets(line, sizeof line, file)) {
        if (!strchr(line, '\n'))
            fail_msg("%s:%d: line too long", path, number + 1);
        apr_pool_create(&case_pool, pool);
        run_case(apr_psprintf(case_pool, "%s:%d", path, ++number), line, names,
                 case_pool);
        apr_pool_destroy(case_pool);
    }
    fclose(file);
}

static void each_case_gets_its_reason(void **state)
{
    apr_hash_t *names = apr_hash_make(*state);
    apr_finfo_t entry;
    apr_dir_t *folder;

    if (apr_dir_open(&folder, FOLDER, *state) != APR_SUCCESS)
        fail_msg(FOLDER " is not here; run this in the project's top folder");
    while (apr_dir_read(&entry, APR_FINFO_NAME, folder) == APR_SUCCESS) {
        const char *dot = strrchr(entry.name, '.');

        if (dot && strcmp(dot, ".jsonl") == 0)
            run_file(apr_pstrcat(*state, FOLDER "/", entry.name, NULL), names,
                     *state);
    }
    apr_dir_close(folder);
    print_message("%d cases\n", case_count);
}

/* Of the reasons that core can give: the groups of the request, the form, the
 * key, the claims, and the keys of a set. */
static void each_reason_has_a_case(void **state)
{
    int reason;

    (void)state;
    for (reason = 0; reason < AJWT_REASON_COUNT; reason++) {
        const ajwt_reason_row *row = ajwt_reason_describe(reason);

        if (reason == AJWT_KEYS_STALE) /* only who refreshes can know */
            continue;
        if (strchr("01237", row->tag[4]))
            support_expect(apr_pstrcat(*state, row->name, " has a case", NULL),
                           produced[reason]);
    }
}

/* Each row of the table in core/members.c */
static void each_repair_has_a_case(void **state)
{
    int oddity;

    for (oddity = 0; oddity < AJWT_ODDITY_COUNT; oddity++)
        support_expect(
            ajwt_members_describe_repair("a member that", oddity, *state),
            repaired[oddity]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(each_case_gets_its_reason),
        SUPPORT_TEST(each_reason_has_a_case),
        SUPPORT_TEST(each_repair_has_a_case),
    };

    return SUPPORT_RUN(tests);
}
