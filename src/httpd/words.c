#include "httpd/words.h"

#include <strings.h>

#include <apr_strings.h>

/* Every message names the directive; httpd adds file and line. */
const char *ajwt_words_fail(const ajwt_words *in, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = apr_pvsprintf(in->cmd->pool, format, arguments);
    va_end(arguments);
    return apr_pstrcat(in->cmd->pool, in->cmd->cmd->name, ": ", text, NULL);
}

apr_array_header_t *ajwt_words_array(const ajwt_words *in)
{
    apr_array_header_t *array =
        apr_array_make(in->cmd->pool, in->count, sizeof(const char *));
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
        names =
            apr_pstrcat(in->cmd->pool, names, " ", known[i].name, "=", NULL);
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

/* httpd has no other mark: util_expr_eval.c and mod_rewrite go by this. */
int ajwt_words_are_of_htaccess(const ajwt_words *in)
{
    return in->cmd->pool == in->cmd->temp_pool;
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
    const char *all = ajwt_words_of_algs(~0u, ' ', in->cmd->pool);
    int i;

    *algs = 0;
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const ajwt_alg *alg = ajwt_alg_find(ajwt_bytes_from_string(name));

        if (strcasecmp(name, "none") == 0)
            return ajwt_words_fail(
                in, "'none' is no signature and is never accepted");
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

const char *ajwt_words_path(const ajwt_words *in, const char *path)
{
    return ap_server_root_relative(in->cmd->pool, path);
}
