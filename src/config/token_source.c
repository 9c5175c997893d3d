/* SPDX-License-Identifier: Apache-2.0 */
#include "config/token_source.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "core/env_name.h"

static const struct {
    const char *prefix;
    ajwt_token_place place;
} places[] = {{"header:", AJWT_IN_HEADER},
              {"cookie:", AJWT_IN_COOKIE},
              {"query:", AJWT_IN_QUERY}};

/*
 * A token of RFC 9110 5.6.2; for a query, only characters that need no escaping
 * in a URL
 */
static int is_name(const char *name, ajwt_token_place place)
{
    const char *marks = place == AJWT_IN_QUERY ? "-._~" : "-._~!#$&'*+^`|";
    const char *c;

    for (c = name; *c; c++) {
        if (!apr_isalnum(*c) && !strchr(marks, *c))
            return 0;
    }
    return *name != '\0' &&
           (place != AJWT_IN_HEADER ||
            (!ajwt_env_name_equal(name, "Authorization") &&
             !ajwt_env_name_equal(name, "Proxy-Authorization")));
}

static int parse_source(ajwt_token_source *source, const char *word)
{
    apr_size_t i;

    source->place = AJWT_IN_AUTHORIZATION;
    source->name = NULL;
    if (apr_cstr_casecmp(word, "header") == 0)
        return 1;
    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        apr_size_t len = strlen(places[i].prefix);

        if (apr_cstr_casecmpn(word, places[i].prefix, len) != 0)
            continue;
        source->place = places[i].place;
        source->name = word + len;
        return is_name(source->name, source->place);
    }
    return 0;
}

const char *ajwt_token_source_parse(apr_array_header_t **sources,
                                    const ajwt_args *args)
{
    ajwt_token_source source;
    int i;

    *sources = apr_array_make(args->pool, args->count, sizeof source);
    for (i = 0; i < args->count; i++) {
        if (!parse_source(&source, args->word[i]))
            return ajwt_args_fail(
                args,
                "'%s' is not a token source: write header (Authorization), "
                "header:NAME, cookie:NAME or query:NAME",
                args->word[i]);
        if (ajwt_token_source_is_among(*sources, &source))
            return ajwt_args_fail(
                args,
                "%s names a source twice: header names are compared without "
                "regard to case, and with - and _ alike",
                args->word[i]);
        APR_ARRAY_PUSH(*sources, ajwt_token_source) = source;
    }
    return args->count ? NULL
                       : ajwt_args_fail(args, "write header, header:NAME, "
                                              "cookie:NAME or query:NAME");
}

/*
 * Header names that differ in case or separators are equal; names of cookies
 * and parameters are compared exactly.
 */
static int is_same_source(const ajwt_token_source *a,
                          const ajwt_token_source *b)
{
    if (a->place != b->place)
        return 0;
    if (!a->name || !b->name)
        return a->name == b->name;
    return a->place == AJWT_IN_HEADER ? ajwt_env_name_equal(a->name, b->name)
                                      : strcmp(a->name, b->name) == 0;
}

int ajwt_token_source_is_among(const apr_array_header_t *sources,
                               const ajwt_token_source *source)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        if (is_same_source(&APR_ARRAY_IDX(sources, i, ajwt_token_source),
                           source))
            return 1;
    }
    return 0;
}
