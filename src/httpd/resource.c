#include "httpd/resource.h"

struct ajwt_resource {
    const char *identifier;
};

const char *ajwt_resource_parse(const ajwt_resource **resource,
                                const ajwt_words *in)
{
    ajwt_resource *made = apr_pcalloc(in->cmd->pool, sizeof *made);

    made->identifier = in->word[0];
    *resource = made;
    return NULL;
}
