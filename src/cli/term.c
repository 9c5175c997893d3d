/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "core/json.h"

#define WIDTH 80

/* Last second of the year 9999 */
#define LAST_SECOND 253402300799.0

static int is_utf8, has_colours;

void ajwt_term_open(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    setlocale(LC_CTYPE, "");
    is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    has_colours = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
                  terminal && strcmp(terminal, "dumb") != 0;
}

static const char *color_text(const char *code, const char *text,
                              apr_pool_t *pool)
{
    return has_colours
               ? apr_pstrcat(pool, "\033[", code, "m", text, "\033[0m", NULL)
               : text;
}

const char *ajwt_term_mark(ajwt_mark mark, apr_pool_t *pool)
{
    static const char *const plain[] = {"ok", "NO", "- "};
    static const char *const drawn[] = {"\u2713", "\u2717", "-"};
    static const char *const codes[] = {"32", "31", "2"};

    return color_text(codes[mark], is_utf8 ? drawn[mark] : plain[mark], pool);
}

const char *ajwt_term_strong(ajwt_mark mark, const char *text, apr_pool_t *pool)
{
    static const char *const codes[] = {"1;32", "1;31", "1"};

    return color_text(codes[mark], text, pool);
}

/* Returns the next code point of valid UTF-8. */
static unsigned next_code_point(const unsigned char **c)
{
    unsigned point = *(*c)++;
    int more = point < 0xc0 ? 0 : point < 0xe0 ? 1 : point < 0xf0 ? 2 : 3;

    if (more)
        point &= 0x3fu >> more;
    while (more-- > 0 && **c)
        point = point << 6 | (*(*c)++ & 0x3f);
    return point;
}

/*
 * Whether point is no control character, changes no text direction and is
 * visible
 */
static int is_harmless(unsigned point)
{
    if (point < 0x80)
        return point >= 0x20 && point != 0x7f;
    return is_utf8 && point >= 0xa0 && point < 0xe0000 && point != 0x61c &&
           point != 0xfeff && !(point >= 0x200b && point <= 0x200f) &&
           !(point >= 0x2028 && point <= 0x202e) &&
           !(point >= 0x2060 && point <= 0x206f);
}

const char *ajwt_term_safe(const char *text, apr_pool_t *pool)
{
    const unsigned char *c = (const unsigned char *)text, *start;
    char *safe = apr_palloc(pool, strlen(text) * 6 + 1), *end = safe;
    char *last = safe + strlen(text) * 6 + 1;
    unsigned point;

    while (*c) {
        start = c;
        point = next_code_point(&c);
        if (is_harmless(point)) {
            memcpy(end, start, (size_t)(c - start));
            end += c - start;
        }
        else if (point < 0x10000)
            end +=
                apr_snprintf(end, (apr_size_t)(last - end), "\\u%04x", point);
        else
            end +=
                apr_snprintf(end, (apr_size_t)(last - end), "\\u%04x\\u%04x",
                             0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
    }
    *end = '\0';
    return safe;
}

const char *ajwt_term_json(const json_t *value, apr_pool_t *pool)
{
    return ajwt_term_safe(ajwt_json_print(value, pool), pool);
}

static const char *print_span(double seconds, apr_pool_t *pool)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    int i = 0;
    double count;

    while (i < 3 && seconds < units[i].seconds)
        i++;
    count = floor(seconds / units[i].seconds);
    return apr_psprintf(pool, "%.0f %s%s", count, units[i].name,
                        count == 1 ? "" : "s");
}

const char *ajwt_term_time(double seconds, double now_s, apr_pool_t *pool)
{
    double off = floor(seconds) - floor(now_s);
    const char *span = print_span(fabs(off), pool);
    apr_time_exp_t date;

    if (!(seconds >= 0 && seconds <= LAST_SECOND) ||
        apr_time_exp_gmt(&date, apr_time_from_sec((apr_int64_t)seconds)) !=
            APR_SUCCESS)
        return NULL;
    return apr_psprintf(
        pool, "%04d-%02d-%02d %02d:%02d:%02d UTC, %s%s%s", date.tm_year + 1900,
        date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec,
        off > 0 ? "in " : "", off == 0 ? "now" : span, off < 0 ? " ago" : "");
}

const char *ajwt_term_wrap(const char *text, int indent, apr_pool_t *pool)
{
    const char *margin = apr_psprintf(pool, "\n%*s", indent, "");
    const char *wrapped = "";
    int width = WIDTH - indent;

    while ((int)strlen(text) > width) {
        const char *end = text + width;

        while (end > text && *end != ' ')
            end--;
        if (end == text)
            end = text + strcspn(text, " ");
        wrapped = apr_pstrcat(
            pool, wrapped, apr_pstrmemdup(pool, text, (apr_size_t)(end - text)),
            *end ? margin : "", NULL);
        text = end + (*end == ' ');
    }
    return apr_pstrcat(pool, wrapped, text, NULL);
}
