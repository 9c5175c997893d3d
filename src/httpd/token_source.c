#include "httpd/token_source.h"

const char *ajwt_token_source_parse(apr_array_header_t **sources,
                                    const ajwt_words *in)
{
    *sources = ajwt_words_array(in);
    return NULL;
}
