/* SPDX-License-Identifier: Apache-2.0 */
#include "core/user_name.h"

#include <apr_strings.h>

#include "core/claim_path.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/whitespace.h"

/* Either a literal or a claim */
typedef struct user_part {
    const char *literal;
    const ajwt_claim_path *path;
} user_part;

struct ajwt_user_name_rule {
    apr_array_header_t *parts; /* user_part */
};

static void add_literal(apr_array_header_t *parts, const char *text,
                        apr_size_t len, apr_pool_t *pool)
{
    user_part *part;

    if (len == 0)
        return;
    part = apr_array_push(parts);
    part->literal = apr_pstrmemdup(pool, text, len);
    part->path = NULL;
}

static int add_claim(const char **error, apr_array_header_t *parts,
                     const char *text, apr_size_t len, apr_pool_t *pool)
{
    user_part *part = apr_array_push(parts);

    part->literal = NULL;
    part->path =
        ajwt_claim_path_parse(error, apr_pstrmemdup(pool, text, len), pool);
    return part->path != NULL;
}

/* {a}/{b}: a text in braces is a claim, any other text a literal */
static int parse_template(const char **error, apr_array_header_t *parts,
                          const char *word, apr_pool_t *pool)
{
    const char *open, *claim, *close;

    for (; *word; word = close + 1) {
        open = word + strcspn(word, "{}");
        add_literal(parts, word, (apr_size_t)(open - word), pool);
        if (!*open)
            break;
        claim = open + 1;
        close = claim + strcspn(claim, "{}");
        if (*open != '{' || *close != '}') {
            *error =
                "braces must enclose the name of a claim: write {tid}/{oid}";
            return 0;
        }
        if (!add_claim(error, parts, claim, (apr_size_t)(close - claim), pool))
            return 0;
    }
    return 1;
}

/* C1 controls are U+0080 to U+009F. */
static int has_c1_control(ajwt_bytes text)
{
    const unsigned char *c = text.data, *end = c + text.len;

    while ((c = memchr(c, 0xc2, (apr_size_t)(end - c)))) {
        if (++c < end && *c >= 0x80 && *c <= 0x9f)
            return 1;
    }
    return 0;
}

static int has_control(ajwt_bytes text)
{
    return ajwt_bytes_has_control(text) || has_c1_control(text);
}

static int has_claims_side_by_side(const apr_array_header_t *parts)
{
    int i;

    for (i = 1; i < parts->nelts; i++) {
        if (APR_ARRAY_IDX(parts, i - 1, user_part).path &&
            APR_ARRAY_IDX(parts, i, user_part).path)
            return 1;
    }
    return 0;
}

/* The same rules apply to the literals of a template and to claim values. */
static const char *check_rule(const apr_array_header_t *parts)
{
    int i;

    if (parts->nelts == 0)
        return "a user name must not be empty";
    if (has_claims_side_by_side(parts))
        return "two adjacent claims can give two users the same name: write "
               "text between them, such as {tid}/{oid}";
    for (i = 0; i < parts->nelts; i++) {
        const char *literal = APR_ARRAY_IDX(parts, i, user_part).literal;
        ajwt_bytes text = ajwt_bytes_from_string(literal);
        int is_outer = i == 0 || i == parts->nelts - 1;

        if (literal && has_control(text))
            return "a user name must not contain a control character";
        if (is_outer && ajwt_whitespace_is_at_end(text))
            return "a user name must not begin or end with white space";
    }
    return NULL;
}

static const ajwt_user_name_rule *parse_user_word(const char **error,
                                                  const char *word,
                                                  apr_pool_t *pool)
{
    ajwt_user_name_rule *rule = apr_palloc(pool, sizeof *rule);
    int parsed = 1;

    rule->parts = apr_array_make(pool, 1, sizeof(user_part));
    if (*word == '=')
        add_literal(rule->parts, word + 1, strlen(word + 1), pool);
    else if (strpbrk(word, "{}"))
        parsed = parse_template(error, rule->parts, word, pool);
    else
        parsed = add_claim(error, rule->parts, word, strlen(word), pool);
    if (parsed)
        *error = check_rule(rule->parts);
    return *error ? NULL : rule;
}

const apr_array_header_t *ajwt_user_name_parse(const char **error,
                                               const apr_array_header_t *words,
                                               apr_pool_t *pool)
{
    apr_array_header_t *rules =
        apr_array_make(pool, words->nelts, sizeof(const ajwt_user_name_rule *));
    int i;

    *error = words->nelts ? NULL
                          : "has no claim: write CLAIM, a template with "
                            "{CLAIM} in it, or =TEXT";
    for (i = 0; i < words->nelts && !*error; i++)
        APR_ARRAY_PUSH(rules, const ajwt_user_name_rule *) =
            parse_user_word(error, APR_ARRAY_IDX(words, i, const char *), pool);
    return *error ? NULL : rules;
}

/*
 * Prevents ambiguous names: with {a}/{b}, the values x/y and z would give the
 * same name as x and y/z. It is not enough that value does not contain literal:
 * a match may begin in value and end after it.
 */
static int is_ambiguous(ajwt_bytes value, const char *literal, apr_pool_t *pool)
{
    const char *both =
        apr_pstrcat(pool, (const char *)value.data, literal, NULL);

    return strstr(both, literal) != both + value.len;
}

/*
 * NULL, or why a value cannot be (part of) a name. literal: the text after it
 * in the template, or NULL.
 */
static const char *check_value(ajwt_bytes text, const char *literal,
                               apr_pool_t *pool)
{
    if (!text.data)
        return "is neither a string nor an integer of 64 bits";
    if (text.len == 0)
        return "is empty";
    if (text.len > AJWT_MAX_VARIABLE_BYTES)
        return "is too long";
    if (has_control(text))
        return "contains a control character";
    if (ajwt_whitespace_is_at_end(text))
        return "begins or ends with white space";
    if (literal && is_ambiguous(text, literal, pool))
        return apr_psprintf(
            pool, "contains \"%s\", which follows it in the template", literal);
    return NULL;
}

/* The text of the part at index, or NULL; then *why may be set. */
static const char *make_part_text(const char **why,
                                  const ajwt_user_name_rule *rule, int index,
                                  const json_t *claims, apr_pool_t *pool)
{
    const user_part *part = &APR_ARRAY_IDX(rule->parts, index, user_part);
    const json_t *claim;
    ajwt_bytes text;
    const char *error;

    if (part->literal)
        return part->literal;
    claim = ajwt_claim_path_find(part->path, claims);
    if (!claim)
        return NULL;
    text = ajwt_json_name(claim, pool);
    error = check_value(
        text, index + 1 < rule->parts->nelts ? part[1].literal : NULL, pool);
    if (!error)
        return (const char *)text.data;
    if (!*why)
        *why = apr_pstrcat(pool, "claim ", part->path->text, " ", error, NULL);
    return NULL;
}

static const char *make_user_name(const char **why,
                                  const ajwt_user_name_rule *rule,
                                  const json_t *claims, apr_pool_t *pool)
{
    const char *user = "";
    int i;

    for (i = 0; i < rule->parts->nelts; i++) {
        const char *text = make_part_text(why, rule, i, claims, pool);

        if (!text)
            return NULL;
        user = rule->parts->nelts == 1 ? text
                                       : apr_pstrcat(pool, user, text, NULL);
    }
    return user;
}

const char *ajwt_user_name_find(const char **why,
                                const apr_array_header_t *rules,
                                const json_t *claims, apr_pool_t *pool)
{
    int i;

    *why = NULL;
    for (i = 0; i < rules->nelts; i++) {
        const char *user = make_user_name(
            why, APR_ARRAY_IDX(rules, i, const ajwt_user_name_rule *), claims,
            pool);

        if (user)
            return user;
    }
    return NULL;
}
