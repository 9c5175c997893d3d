#include "httpd/verdict.h"

#include <inttypes.h>

#include <apr_strings.h>
#include <http_request.h>

#include "httpd/request_state.h"

#define NOTE "auth_jwt-verdict"

/* In words, since whoever copies or prints notes takes them for such. */
static void leave_note(request_rec *r, const ajwt_verdict *verdict)
{
    apr_table_setn(r->notes, NOTE,
                   apr_psprintf(r->pool, "%" PRIxPTR, (uintptr_t)verdict));
}

static ajwt_verdict *read_note(const request_rec *r)
{
    const char *note = apr_table_get(r->notes, NOTE);

    /* NOLINTNEXTLINE(performance-no-int-to-ptr): that is what was written */
    return note ? (ajwt_verdict *)(uintptr_t)apr_strtoi64(note, NULL, 16)
                : NULL;
}

ajwt_verdict *ajwt_verdict_make(request_rec *r, const char *auth_type)
{
    ajwt_verdict *verdict = apr_pcalloc(r->pool, sizeof *verdict);

    verdict->reason = AJWT_INTERNAL;
    verdict->auth_type = auth_type;
    ajwt_request_state_make(r)->verdict = verdict;
    if (r->main)
        leave_note(r, verdict);
    return verdict;
}

ajwt_verdict *ajwt_verdict_adopt(request_rec *r)
{
    ajwt_verdict *verdict = read_note(r);
    const ajwt_verdict *own = ajwt_verdict_of(r);

    if (!verdict || verdict == own || (own && verdict->reason != AJWT_ACCEPTED))
        return NULL;
    ajwt_request_state_make(r)->verdict = verdict;
    return verdict;
}

ajwt_verdict *ajwt_verdict_of(const request_rec *r)
{
    const ajwt_request_state *state = ajwt_request_state_of(r);

    return state ? state->verdict : NULL;
}

ajwt_verdict *ajwt_verdict_before(const request_rec *r)
{
    ajwt_verdict *verdict = NULL;

    for (r = ajwt_request_origin(r); r && !verdict; r = ajwt_request_origin(r))
        verdict = ajwt_verdict_of(r);
    return verdict;
}

ajwt_verdict *ajwt_verdict_accepted(const request_rec *r)
{
    ajwt_verdict *verdict = ajwt_verdict_of(r);

    if (!verdict)
        verdict = ajwt_verdict_before(r);
    if (!verdict || verdict->reason != AJWT_ACCEPTED || !r->user ||
        strcmp(r->user, verdict->user) != 0 || !r->ap_auth_type ||
        ap_cstr_casecmp(r->ap_auth_type, verdict->auth_type) != 0)
        return NULL;
    return verdict;
}
