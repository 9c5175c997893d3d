#include "httpd/header.h"

const char *ajwt_header_parse(apr_array_header_t **headers,
                              const ajwt_words *in)
{
    *headers = ajwt_words_array(in);
    return NULL;
}
