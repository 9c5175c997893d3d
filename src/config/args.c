/* SPDX-License-Identifier: Apache-2.0 */
#include "config/args.h"

#include <strings.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#include "core/typ.h"

/* Adds the name of the directive; httpd adds file and line. */
const char *ajwt_args_fail(const ajwt_args *args, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = apr_pvsprintf(args->pool, format, arguments);
    va_end(arguments);
    return apr_pstrcat(args->pool, args->directive, ": ", text, NULL);
}

apr_array_header_t *ajwt_args_array(const ajwt_args *args)
{
    apr_array_header_t *array =
        apr_array_make(args->pool, args->count, sizeof(const char *));
    int i;

    for (i = 0; i < args->count; i++)
        APR_ARRAY_PUSH(array, const char *) = args->word[i];
    return array;
}

apr_array_header_t *ajwt_args_split(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *array = apr_array_make(pool, 2, sizeof(const char *));
    char *last, *item = apr_strtok(apr_pstrdup(pool, text), ",", &last);

    for (; item; item = apr_strtok(NULL, ",", &last))
        APR_ARRAY_PUSH(array, const char *) = item;
    return array;
}

static const char *fail_unknown_option(const ajwt_args_option *known,
                                       apr_size_t count, const ajwt_args *args,
                                       const char *word)
{
    const char *names = "";
    apr_size_t i;

    for (i = 0; i < count; i++)
        names = apr_pstrcat(args->pool, names, " ", known[i].name, "=", NULL);
    return ajwt_args_fail(args, "unknown option '%s'; the options are%s", word,
                          names);
}

const char *ajwt_args_parse_option(const ajwt_args_option *known,
                                   apr_size_t count, const ajwt_args *args,
                                   const char *word)
{
    const char *mark = strchr(word, '=');
    apr_size_t len = mark ? (apr_size_t)(mark - word) : strlen(word), i;

    for (i = 0; i < count; i++) {
        if (len != strlen(known[i].name) ||
            strncasecmp(word, known[i].name, len) != 0)
            continue;
        if (*known[i].value)
            return ajwt_args_fail(args, "%s= is set twice", known[i].name);
        if (!mark || !mark[1])
            return ajwt_args_fail(
                args, "%s has no value: write %s=VALUE, without blanks",
                known[i].name, known[i].name);
        *known[i].value = mark + 1;
        return NULL;
    }
    return fail_unknown_option(known, count, args, word);
}

const char *ajwt_args_number(int *value, const ajwt_args *args,
                             const char *units, int least, int most)
{
    char *end;
    apr_int64_t number;

    if (args->count != 1)
        return ajwt_args_fail(args, "write one number of %s", units);
    number = apr_strtoi64(args->word[0], &end, 10);
    if (*end || end == args->word[0] || number < least || number > most)
        return ajwt_args_fail(args, "'%s' is not a number of %s from %d to %d",
                              args->word[0], units, least, most);
    *value = (int)number;
    return NULL;
}

const char *ajwt_args_flag(int *value, const ajwt_args *args)
{
    int is_on = args->count == 1 && strcasecmp(args->word[0], "On") == 0;
    int is_off = args->count == 1 && strcasecmp(args->word[0], "Off") == 0;

    *value = is_on;
    return is_on || is_off ? NULL : ajwt_args_fail(args, "write On or Off");
}

const char *ajwt_args_print_algs(ajwt_alg_set algs, char separator,
                                 apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 16, sizeof(const char *));
    const ajwt_alg *alg;
    int i;

    for (i = 0; (alg = ajwt_alg_at(i)) != NULL; i++) {
        if (alg->algs & algs)
            APR_ARRAY_PUSH(names, const char *) = alg->name;
    }
    return apr_array_pstrcat(pool, names, separator);
}

const char *ajwt_args_algs(ajwt_alg_set *algs, const ajwt_args *args,
                           const apr_array_header_t *names)
{
    const char *all = ajwt_args_print_algs(~0u, ' ', args->pool);
    int i;

    *algs = 0;
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const ajwt_alg *alg = ajwt_alg_find(ajwt_bytes_from_string(name));

        if (strcasecmp(name, "none") == 0)
            return ajwt_args_fail(args, "'none' means that tokens are not "
                                        "signed, which is never accepted");
        if (!alg && strchr(name, ','))
            return ajwt_args_fail(args,
                                  "'%s' is not an algorithm: separate "
                                  "algorithms with blanks, not commas",
                                  name);
        if (!alg)
            return ajwt_args_fail(
                args, "'%s' is not an algorithm; supported are %s", name, all);
        *algs |= alg->algs;
    }
    return *algs ? NULL
                 : ajwt_args_fail(args, "write an algorithm; supported are %s",
                                  all);
}

const char *ajwt_args_audiences(apr_array_header_t **audiences,
                                const ajwt_args *args,
                                apr_array_header_t *names)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (!*name)
            return ajwt_args_fail(args, "an audience must not be empty");
        if (strcmp(name, "*") == 0 && names->nelts > 1)
            return ajwt_args_fail(
                args, "* accepts any audience and must be the only value");
    }
    *audiences = names;
    return names->nelts ? NULL : ajwt_args_fail(args, "write an audience");
}

const char *ajwt_args_types(apr_array_header_t **types, const ajwt_args *args,
                            apr_array_header_t *names)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const char *refusal = ajwt_typ_refusal(name);

        if (refusal)
            return ajwt_args_fail(args, "'%s': %s", name, refusal);
    }
    *types = names;
    return names->nelts ? NULL : ajwt_args_fail(args, "write a token type");
}

const char *ajwt_args_claims(apr_array_header_t **claims, const ajwt_args *args,
                             apr_array_header_t *names)
{
    int i, has_none = 0;

    for (i = 0; i < names->nelts; i++)
        has_none |=
            strcasecmp(APR_ARRAY_IDX(names, i, const char *), "none") == 0;
    if (names->nelts == 0)
        return ajwt_args_fail(args, "write the name of a claim, or none");
    if (has_none && names->nelts > 1)
        return ajwt_args_fail(args, "none must be the only value");
    if (has_none)
        apr_array_clear(names);
    *claims = names;
    return NULL;
}

/* A path that does not exist is returned too; opening it reports the error. */
const char *ajwt_args_path(const ajwt_args *args, const char *path)
{
    char *whole = NULL;
    apr_status_t status = apr_filepath_merge(&whole, args->folder, path,
                                             APR_FILEPATH_TRUENAME, args->pool);

    return whole && (status == APR_SUCCESS || APR_STATUS_IS_ENOENT(status) ||
                     APR_STATUS_IS_ENOTDIR(status))
               ? whole
               : path;
}
