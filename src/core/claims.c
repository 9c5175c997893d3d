/* SPDX-License-Identifier: Apache-2.0 */
#include "core/claims.h"

#include <strings.h>

#include <apr_strings.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/tenant.h"

static int contains_name(const apr_array_header_t *names, ajwt_bytes name)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        if (ajwt_bytes_equal_string(name,
                                    APR_ARRAY_IDX(names, i, const char *)))
            return 1;
    }
    return 0;
}

/*
 * Only one spelling of tid may be present: an application that ignores the case
 * of names could otherwise use another tenant than the one checked here.
 */
static int has_one_tid(const json_t *claims)
{
    const char *name;
    json_t *value;
    int count = 0;

    json_object_foreach((json_t *)claims, name, value) count +=
        strcasecmp(name, "tid") == 0;
    return count == 1;
}

static int accepts_tenant(const apr_array_header_t *tenants, ajwt_bytes tenant)
{
    int i;

    for (i = 0; i < tenants->nelts; i++) {
        const char *known = APR_ARRAY_IDX(tenants, i, const char *);

        /* a GUID is a hexadecimal number, so its case is ignored */
        if (strcmp(known, "*") == 0 ||
            (strlen(known) == tenant.len &&
             strncasecmp(known, (const char *)tenant.data, tenant.len) == 0))
            return 1;
    }
    return 0;
}

/* issuer: iss, which must be the template with tid in its place */
static ajwt_reason check_tenant(const json_t *claims, ajwt_bytes issuer,
                                const ajwt_policy *policy)
{
    ajwt_bytes tenant =
        ajwt_tenant_find(ajwt_bytes_from_string(policy->issuer), issuer);

    if (!tenant.data)
        return AJWT_ISSUER_UNKNOWN;
    if (!has_one_tid(claims) ||
        !ajwt_bytes_equal(ajwt_json_member(claims, "tid"), tenant))
        return AJWT_TENANT_INVALID;
    return accepts_tenant(policy->tenants, tenant) ? AJWT_ACCEPTED
                                                   : AJWT_TENANT_REFUSED;
}

/* RFC 7519 4.1.1: a case-sensitive comparison; RFC 8725 3.8 */
static ajwt_reason check_issuer(const json_t *claims, const ajwt_policy *policy,
                                apr_time_t now)
{
    const json_t *value = json_object_get(claims, "iss");
    ajwt_bytes issuer = ajwt_json_string(value);

    (void)now;
    if (value && !issuer.data)
        return AJWT_CLAIM_TYPE;
    if (!policy->issuer)
        return AJWT_ACCEPTED;
    if (!value)
        return AJWT_ISSUER_MISSING;
    if (policy->tenants)
        return check_tenant(claims, issuer, policy);
    return ajwt_bytes_equal_string(issuer, policy->issuer)
               ? AJWT_ACCEPTED
               : AJWT_ISSUER_UNKNOWN;
}

/* RFC 7519 4.1.3: a string or an array of strings */
static int is_audience(const json_t *value)
{
    json_t *element;
    apr_size_t i;

    json_array_foreach(value, i, element)
    {
        if (!json_is_string(element))
            return 0;
    }
    return json_is_string(value) || json_is_array(value);
}

static int names_audience(const json_t *value,
                          const apr_array_header_t *audiences)
{
    json_t *element;
    apr_size_t i;

    json_array_foreach(value, i, element)
    {
        if (contains_name(audiences, ajwt_json_string(element)))
            return 1;
    }
    return json_is_string(value) &&
           contains_name(audiences, ajwt_json_string(value));
}

static ajwt_reason check_audience(const json_t *claims,
                                  const ajwt_policy *policy, apr_time_t now)
{
    const json_t *aud = json_object_get(claims, "aud");
    const json_t *value = json_object_get(claims, policy->audience_claim);

    (void)now;
    if ((aud && !is_audience(aud)) || (value && !is_audience(value)))
        return AJWT_CLAIM_TYPE;
    if (!policy->audiences)
        return AJWT_ACCEPTED;
    if (!value)
        return AJWT_AUDIENCE_MISSING;
    return names_audience(value, policy->audiences) ? AJWT_ACCEPTED
                                                    : AJWT_AUDIENCE_REFUSED;
}

/* The times of a token in seconds (RFC 7519 2 allows fractions) */
typedef struct token_times {
    int has_exp, has_nbf, has_iat;
    double exp, nbf, iat;
} token_times;

/* A time in milliseconds would make a token valid for 55,000 years. */
static int is_time(const json_t *value)
{
    return json_is_number(value) && json_number_value(value) < AJWT_MAX_TIME_S;
}

static ajwt_reason read_time(int *has, double *seconds, const json_t *claims,
                             const char *name)
{
    const json_t *value = json_object_get(claims, name);

    *has = value != NULL;
    *seconds = json_number_value(value);
    return !value || is_time(value) ? AJWT_ACCEPTED : AJWT_CLAIM_TYPE;
}

static ajwt_reason read_times(token_times *times, const json_t *claims)
{
    ajwt_reason reason = read_time(&times->has_exp, &times->exp, claims, "exp");

    if (reason)
        return reason;
    reason = read_time(&times->has_nbf, &times->nbf, claims, "nbf");
    if (reason)
        return reason;
    return read_time(&times->has_iat, &times->iat, claims, "iat");
}

static ajwt_reason check_times(const json_t *claims, const ajwt_policy *policy,
                               apr_time_t now)
{
    const double now_s = (double)now / APR_USEC_PER_SEC;
    token_times times;
    ajwt_reason reason = read_times(&times, claims);

    if (reason != AJWT_ACCEPTED)
        return reason;
    /* RFC 7519 4.1.4: "before", so a token is expired at exp itself */
    if (times.has_exp && now_s >= times.exp + policy->leeway_s)
        return AJWT_EXPIRED;
    if (times.has_nbf && now_s < times.nbf - policy->leeway_s)
        return AJWT_NOT_YET_VALID;
    if (times.has_iat && now_s < times.iat - policy->leeway_s)
        return AJWT_ISSUED_IN_FUTURE;
    if (policy->max_lifetime_s == 0)
        return AJWT_ACCEPTED;
    if (!times.has_iat || !times.has_exp)
        return AJWT_CLAIM_MISSING;
    return times.exp - times.iat > (double)policy->max_lifetime_s
               ? AJWT_LIFETIME_TOO_LONG
               : AJWT_ACCEPTED;
}

static ajwt_reason check_required(const json_t *claims,
                                  const ajwt_policy *policy, apr_time_t now)
{
    int i;

    (void)now;
    for (i = 0; i < policy->required->nelts; i++) {
        const json_t *claim = json_object_get(
            claims, APR_ARRAY_IDX(policy->required, i, const char *));

        if (!claim || json_is_null(claim))
            return AJWT_CLAIM_MISSING;
    }
    return AJWT_ACCEPTED;
}

/* RFC 9449 7.2, RFC 8705 3: a bound token is not valid as a bearer token */
static ajwt_reason check_confirmation(const json_t *claims,
                                      const ajwt_policy *policy, apr_time_t now)
{
    (void)policy, (void)now;
    return json_object_get(claims, "cnf") ? AJWT_TOKEN_BOUND : AJWT_ACCEPTED;
}

static const ajwt_claims_rule rules[] = {
    {AJWT_STEP_ISSUER, "issuer", check_issuer},
    {AJWT_STEP_AUDIENCE, "audience", check_audience},
    {AJWT_STEP_TIMES, "times", check_times},
    {AJWT_STEP_REQUIRED, "required claims", check_required},
    {AJWT_STEP_CNF, "cnf", check_confirmation},
};

#define RULE_COUNT ((int)(sizeof rules / sizeof rules[0]))

const ajwt_claims_rule *ajwt_claims_rule_at(int index)
{
    return index < RULE_COUNT ? &rules[index] : NULL;
}

ajwt_reason ajwt_claims_check(const json_t *claims, const ajwt_policy *policy,
                              apr_time_t now)
{
    int i;

    for (i = 0; i < RULE_COUNT; i++) {
        const ajwt_reason reason = rules[i].check(claims, policy, now);

        if (reason)
            return reason;
    }
    return AJWT_ACCEPTED;
}

static const char *explain_time(const json_t *claims, const char *name,
                                apr_pool_t *pool)
{
    const json_t *value = json_object_get(claims, name);

    if (!value || is_time(value))
        return NULL;
    if (!json_is_number(value))
        return apr_pstrcat(pool, name, " is not a number", NULL);
    return apr_pstrcat(pool, name,
                       json_number_value(value) / 1000 < AJWT_MAX_TIME_S
                           ? " is after the year 9999, probably milliseconds"
                           : " is after the year 9999",
                       ": the issuer must write seconds since 1970", NULL);
}

static const char *explain_audience(const json_t *claims, const char *name,
                                    apr_pool_t *pool)
{
    const json_t *value = json_object_get(claims, name);

    return !value || is_audience(value)
               ? NULL
               : apr_pstrcat(pool, name,
                             " is neither a string nor an array of strings",
                             NULL);
}

const char *ajwt_claims_explain_type(const json_t *claims,
                                     const char *audience_claim,
                                     apr_pool_t *pool)
{
    static const char *const times[] = {"exp", "nbf", "iat"};
    const json_t *issuer = json_object_get(claims, "iss");
    const char *error = NULL;
    unsigned i;

    if (issuer && !json_is_string(issuer))
        return "iss is not a string";
    error = explain_audience(claims, "aud", pool);
    if (!error && audience_claim)
        error = explain_audience(claims, audience_claim, pool);
    for (i = 0; i < sizeof times / sizeof times[0] && !error; i++)
        error = explain_time(claims, times[i], pool);
    return error;
}

apr_uint32_t ajwt_claims_until(const json_t *claims)
{
    const json_t *exp = json_object_get(claims, "exp");
    double seconds = json_is_number(exp) ? json_number_value(exp) : UINT32_MAX;

    if (seconds <= 0)
        return 0;
    return seconds < UINT32_MAX ? (apr_uint32_t)seconds : UINT32_MAX;
}
