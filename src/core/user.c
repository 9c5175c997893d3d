#include "core/user.h"

#include <apr_strings.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/path.h"

/* Either a literal or a claim */
typedef struct user_part {
    const char *literal;
    const ajwt_path *path;
} user_part;

struct ajwt_user_rule {
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
    part->path = ajwt_path_parse(error, apr_pstrmemdup(pool, text, len), pool);
    return part->path != NULL;
}

/* {a}/{b}: what stands in braces is a claim, the rest is itself */
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
            *error = "braces stand in pairs around a claim: write {tid}/{oid}";
            return 0;
        }
        if (!add_claim(error, parts, claim, (apr_size_t)(close - claim), pool))
            return 0;
    }
    return 1;
}

static const ajwt_user_rule *parse_user_word(const char **error,
                                             const char *word, apr_pool_t *pool)
{
    ajwt_user_rule *rule = apr_palloc(pool, sizeof *rule);
    int parsed = 1;

    rule->parts = apr_array_make(pool, 1, sizeof(user_part));
    if (*word == '=')
        add_literal(rule->parts, word + 1, strlen(word + 1), pool);
    else if (strpbrk(word, "{}"))
        parsed = parse_template(error, rule->parts, word, pool);
    else
        parsed = add_claim(error, rule->parts, word, strlen(word), pool);
    if (parsed && (rule->parts->nelts == 0 ||
                   ajwt_bytes_has_control(ajwt_bytes_from_string(word))))
        *error = "a user name is empty or holds a control character";
    return *error ? NULL : rule;
}

const apr_array_header_t *ajwt_user_parse(const char **error,
                                          const apr_array_header_t *words,
                                          apr_pool_t *pool)
{
    apr_array_header_t *rules =
        apr_array_make(pool, words->nelts, sizeof(const ajwt_user_rule *));
    int i;

    *error = words->nelts ? NULL
                          : "names no claim: write CLAIM, a template with "
                            "{CLAIM} in it, or =TEXT";
    for (i = 0; i < words->nelts && !*error; i++)
        APR_ARRAY_PUSH(rules, const ajwt_user_rule *) =
            parse_user_word(error, APR_ARRAY_IDX(words, i, const char *), pool);
    return *error ? NULL : rules;
}

static const char *part_text(const user_part *part, const json_t *claims,
                             apr_pool_t *pool)
{
    ajwt_bytes text;

    if (part->literal)
        return part->literal;
    text = ajwt_json_name(ajwt_path_find(part->path, claims), pool);
    if (!text.data || text.len == 0 || text.len > AJWT_MAX_VARIABLE_BYTES ||
        ajwt_bytes_has_control(text))
        return NULL;
    return (const char *)text.data;
}

static const char *apply(const ajwt_user_rule *rule, const json_t *claims,
                         apr_pool_t *pool)
{
    const char *user = "";
    int i;

    for (i = 0; i < rule->parts->nelts; i++) {
        const char *text =
            part_text(&APR_ARRAY_IDX(rule->parts, i, user_part), claims, pool);

        if (!text)
            return NULL;
        user = rule->parts->nelts == 1 ? text
                                       : apr_pstrcat(pool, user, text, NULL);
    }
    return user;
}

const char *ajwt_user_find(const apr_array_header_t *rules,
                           const json_t *claims, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < rules->nelts; i++) {
        const char *user = apply(
            APR_ARRAY_IDX(rules, i, const ajwt_user_rule *), claims, pool);

        if (user)
            return user;
    }
    return NULL;
}
