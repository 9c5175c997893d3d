/* SPDX-License-Identifier: Apache-2.0 */
#include "config/args.h"

#include <strings.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#include "core/typ.h"

/* Every message names the directive; httpd adds file and line. */
const char *ajwt_words_fail(const ajwt_words *in, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = apr_pvsprintf(in->pool, format, arguments);
    va_end(arguments);
    return apr_pstrcat(in->pool, in->directive, ": ", text, NULL);
}

apr_array_header_t *ajwt_words_array(const ajwt_words *in)
{
    apr_array_header_t *array =
        apr_array_make(in->pool, in->count, sizeof(const char *));
    int i;

    for (i = 0; i < in->count; i++)
        APR_ARRAY_PUSH(array, const char *) = in->word[i];
    return array;
}

apr_array_header_t *ajwt_words_split(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *array = apr_array_make(pool, 2, sizeof(const char *));
    char *last, *item = apr_strtok(apr_pstrdup(pool, text), ",", &last);

    for (; item; item = apr_strtok(NULL, ",", &last))
        APR_ARRAY_PUSH(array, const char *) = item;
    return array;
}

static const char *say_unknown(const ajwt_words_option *known, apr_size_t count,
                               const ajwt_words *in, const char *word)
{
    const char *names = "";
    apr_size_t i;

    for (i = 0; i < count; i++)
        names = apr_pstrcat(in->pool, names, " ", known[i].name, "=", NULL);
    return ajwt_words_fail(in, "'%s' is no option; there are%s", word, names);
}

const char *ajwt_words_read_option(const ajwt_words_option *known,
                                   apr_size_t count, const ajwt_words *in,
                                   const char *word)
{
    const char *mark = strchr(word, '=');
    apr_size_t len = mark ? (apr_size_t)(mark - word) : strlen(word), i;

    for (i = 0; i < count; i++) {
        if (len != strlen(known[i].name) ||
            strncasecmp(word, known[i].name, len) != 0)
            continue;
        if (*known[i].value)
            return ajwt_words_fail(in, "%s= stands twice", known[i].name);
        if (!mark || !mark[1])
            return ajwt_words_fail(
                in, "%s has no value: write %s=VALUE, without blanks",
                known[i].name, known[i].name);
        *known[i].value = mark + 1;
        return NULL;
    }
    return say_unknown(known, count, in, word);
}

const char *ajwt_words_number(int *value, const ajwt_words *in,
                              const char *units, int least, int most)
{
    char *end;
    apr_int64_t number;

    if (in->count != 1)
        return ajwt_words_fail(in, "write one number of %s", units);
    number = apr_strtoi64(in->word[0], &end, 10);
    if (*end || end == in->word[0] || number < least || number > most)
        return ajwt_words_fail(in, "'%s' is no number of %s from %d to %d",
                               in->word[0], units, least, most);
    *value = (int)number;
    return NULL;
}

const char *ajwt_words_flag(int *value, const ajwt_words *in)
{
    int is_on = in->count == 1 && strcasecmp(in->word[0], "On") == 0;
    int is_off = in->count == 1 && strcasecmp(in->word[0], "Off") == 0;

    *value = is_on;
    return is_on || is_off ? NULL : ajwt_words_fail(in, "write On or Off");
}

const char *ajwt_words_of_algs(ajwt_alg_set algs, char separator,
                               apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 16, sizeof(const char *));
    const ajwt_alg *alg;
    int i;

    for (i = 0; (alg = ajwt_alg_at(i)) != NULL; i++) {
        if (alg->means & algs)
            APR_ARRAY_PUSH(names, const char *) = alg->name;
    }
    return apr_array_pstrcat(pool, names, separator);
}

const char *ajwt_words_algs(ajwt_alg_set *algs, const ajwt_words *in,
                            const apr_array_header_t *names)
{
    const char *all = ajwt_words_of_algs(~0u, ' ', in->pool);
    int i;

    *algs = 0;
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const ajwt_alg *alg = ajwt_alg_find(ajwt_bytes_from_string(name));

        if (strcasecmp(name, "none") == 0)
            return ajwt_words_fail(
                in, "'none' is no signature and is never accepted");
        if (!alg && strchr(name, ','))
            return ajwt_words_fail(in,
                                   "'%s' is no algorithm: write blanks between "
                                   "them, not commas",
                                   name);
        if (!alg)
            return ajwt_words_fail(in, "'%s' is no algorithm; there are %s",
                                   name, all);
        *algs |= alg->means;
    }
    return *algs ? NULL
                 : ajwt_words_fail(in, "name an algorithm; there are %s", all);
}

const char *ajwt_words_audiences(apr_array_header_t **audiences,
                                 const ajwt_words *in,
                                 apr_array_header_t *names)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (!*name)
            return ajwt_words_fail(in, "an audience is empty");
        if (strcmp(name, "*") == 0 && names->nelts > 1)
            return ajwt_words_fail(in,
                                   "* accepts any audience and stands alone");
    }
    *audiences = names;
    return names->nelts ? NULL : ajwt_words_fail(in, "name an audience");
}

const char *ajwt_words_types(apr_array_header_t **types, const ajwt_words *in,
                             apr_array_header_t *names)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const char *refusal = ajwt_type_refusal(name);

        if (refusal)
            return ajwt_words_fail(in, "'%s': %s", name, refusal);
    }
    *types = names;
    return names->nelts ? NULL : ajwt_words_fail(in, "name a token type");
}

const char *ajwt_words_claims(apr_array_header_t **claims, const ajwt_words *in,
                              apr_array_header_t *names)
{
    int i, has_none = 0;

    for (i = 0; i < names->nelts; i++)
        has_none |=
            strcasecmp(APR_ARRAY_IDX(names, i, const char *), "none") == 0;
    if (names->nelts == 0)
        return ajwt_words_fail(in, "name a claim, or none");
    if (has_none && names->nelts > 1)
        return ajwt_words_fail(in, "none stands alone");
    if (has_none)
        apr_array_clear(names);
    *claims = names;
    return NULL;
}

/* One that is not there is found out by whoever opens it. */
const char *ajwt_words_path(const ajwt_words *in, const char *path)
{
    char *whole = NULL;
    apr_status_t status = apr_filepath_merge(&whole, in->folder, path,
                                             APR_FILEPATH_TRUENAME, in->pool);

    return whole && (status == APR_SUCCESS || APR_STATUS_IS_ENOENT(status) ||
                     APR_STATUS_IS_ENOTDIR(status))
               ? whole
               : path;
}
