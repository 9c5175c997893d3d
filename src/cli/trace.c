/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trace.h"

#include <apr_strings.h>

#include "cli/pasted.h"
#include "cli/presented.h"
#include "cli/require_eval.h"
#include "core/claims.h"
#include "core/json.h"
#include "core/user_name.h"
#include "core/verify.h"
#include "keys/load.h"

/* The fix of a reason, where its text in core/reason.h is about the log */
static const char *choose_fix(ajwt_reason reason)
{
    if (reason == AJWT_AUDIENCE_REFUSED)
        return "The client must request a token for this API; or add the "
               "actual audience to AuthJWTAudience.";
    if (reason == AJWT_KEYS_UNAVAILABLE || reason == AJWT_KEYS_STALE)
        return "The step \"keys\" shows why there are no keys.";
    if (reason == AJWT_KEYSET_UNUSABLE)
        return "The issuer must publish a key that can verify tokens.";
    if (reason == AJWT_CLAIM_RULE)
        return "Change the claims at the issuer, or the Require line.";
    return ajwt_reason_describe(reason)->fix;
}

static ajwt_finding *add_finding(ajwt_trace *trace, const char *name,
                                 ajwt_reason reason)
{
    ajwt_finding *finding = apr_array_push(trace->findings);

    memset(finding, 0, sizeof *finding);
    finding->name = name;
    finding->reason = reason;
    finding->mark =
        reason == AJWT_ACCEPTED ? AJWT_MARK_PASSED : AJWT_MARK_FAILED;
    finding->fix = choose_fix(reason);
    return finding;
}

/* Adds the result of a step of the server. */
static ajwt_finding *add_result(ajwt_trace *trace, const char *name,
                                ajwt_reason reason)
{
    if (trace->result == AJWT_ACCEPTED)
        trace->result = reason;
    return add_finding(trace, name, reason);
}

static void add_skipped(ajwt_trace *trace, const char *name)
{
    add_finding(trace, name, AJWT_ACCEPTED)->mark = AJWT_MARK_SKIPPED;
}

/* --- Texts of the actual and the expected value */

static const char *quote_text(ajwt_bytes text, apr_pool_t *pool)
{
    json_t *value;
    const char *quoted = "none";

    if (!text.data)
        return quoted;
    value = json_stringn((const char *)text.data, text.len);
    quoted = value ? ajwt_json_print(value, pool) : "not UTF-8";
    json_decref(value);
    return quoted;
}

static const char *print_claim(const ajwt_trace *trace, const char *name)
{
    const json_t *value = json_object_get(trace->token.claims, name);

    return value ? ajwt_json_print(value, trace->pool) : "none";
}

static const char *join_words(const apr_array_header_t *words, apr_pool_t *pool)
{
    return words ? apr_array_pstrcat(pool, words, ' ') : "any";
}

static const char *print_key(const ajwt_key *key, apr_pool_t *pool)
{
    return apr_psprintf(
        pool, "kid %s, %s%s%s, %d bits", quote_text(key->kid, pool), key->kty,
        key->crv ? " " : "", key->crv ? key->crv : "", key->bits);
}

#define MOST_KIDS 10

static const char *print_kids(const ajwt_keyset *keys, apr_pool_t *pool)
{
    const char *list = "kid";
    int i;

    for (i = 0; i < keys->keys->nelts && i < MOST_KIDS; i++)
        list = apr_pstrcat(
            pool, list, i ? ", " : " ",
            quote_text(APR_ARRAY_IDX(keys->keys, i, ajwt_key).kid, pool), NULL);
    return i < keys->keys->nelts ? apr_psprintf(pool, "%s and %d more", list,
                                                keys->keys->nelts - i)
                                 : list;
}

static void describe_algorithm(ajwt_finding *finding, const ajwt_trace *trace,
                               const ajwt_verification *verification)
{
    finding->actual = quote_text(trace->token.alg_name, trace->pool);
    finding->expected =
        ajwt_args_print_algs(verification->policy->algs, ' ', trace->pool);
}

static void describe_type(ajwt_finding *finding, const ajwt_trace *trace,
                          const ajwt_verification *verification)
{
    finding->actual = quote_text(trace->token.typ, trace->pool);
    finding->expected = join_words(verification->policy->types, trace->pool);
}

static void describe_key(ajwt_finding *finding, const ajwt_trace *trace,
                         const ajwt_verification *verification)
{
    const ajwt_key *key = verification->candidates.keys[0];

    finding->actual =
        finding->mark == AJWT_MARK_PASSED && key
            ? print_key(key, trace->pool)
            : apr_pstrcat(trace->pool, "kid ",
                          quote_text(trace->token.kid, trace->pool), NULL);
    finding->expected =
        verification->keys ? print_kids(verification->keys, trace->pool) : NULL;
}

/*
 * Explains how the signature's length differs from that of the key's
 * signatures, or returns NULL.  Sets the fix of a token that was cut.
 */
static const char *explain_length(ajwt_finding *finding,
                                  const ajwt_trace *trace, const ajwt_key *key)
{
    static const struct {
        const char *name;
        apr_size_t bytes;
    } curves[] = {{"P-256", 64},  {"secp256k1", 64}, {"P-384", 96},
                  {"P-521", 132}, {"Ed25519", 64},   {"Ed448", 114}};
    apr_size_t bytes = strcmp(key->kty, "RSA") == 0
                           ? ((apr_size_t)key->bits + 7) / 8
                           : trace->token.signature.len;
    unsigned i;

    for (i = 0; key->crv && i < sizeof curves / sizeof curves[0]; i++) {
        if (strcmp(curves[i].name, key->crv) == 0)
            bytes = curves[i].bytes;
    }
    if (trace->token.signature.len == bytes)
        return NULL;
    if (trace->token.signature.len < bytes)
        finding->fix = "Copy the token to its end: the end of the signature is "
                       "missing.";
    return apr_psprintf(trace->pool,
                        "the signature has %" APR_SIZE_T_FMT
                        " bytes, and those of this key have %" APR_SIZE_T_FMT,
                        trace->token.signature.len, bytes);
}

static void describe_signature(ajwt_finding *finding, const ajwt_trace *trace,
                               const ajwt_verification *verification)
{
    const ajwt_key *key =
        verification->signer
            ? verification->signer
            : (verification->candidates.count ? verification->candidates.keys[0]
                                              : NULL);
    const char *cut = key && finding->mark == AJWT_MARK_FAILED
                          ? explain_length(finding, trace, key)
                          : NULL;

    if (verification->signer)
        finding->actual =
            apr_pstrcat(trace->pool, "verified with ",
                        print_key(verification->signer, trace->pool), NULL);
    if (cut)
        finding->actual =
            finding->actual
                ? apr_pstrcat(trace->pool, finding->actual, "; ", cut, NULL)
                : cut;
}

static void describe_issuer(ajwt_finding *finding, const ajwt_trace *trace,
                            const ajwt_verification *verification)
{
    finding->actual =
        apr_pstrcat(trace->pool, "iss ", print_claim(trace, "iss"),
                    verification->policy->tenants ? ", tid " : NULL,
                    print_claim(trace, "tid"), NULL);
    finding->expected =
        verification->policy->issuer ? verification->policy->issuer : "any";
    if (verification->policy->tenants)
        finding->expected = apr_pstrcat(
            trace->pool, finding->expected, ", tenants ",
            join_words(verification->policy->tenants, trace->pool), NULL);
}

static void describe_audience(ajwt_finding *finding, const ajwt_trace *trace,
                              const ajwt_verification *verification)
{
    const char *name = verification->policy->audience_claim;

    finding->actual =
        apr_pstrcat(trace->pool, name, " ", print_claim(trace, name), NULL);
    finding->expected =
        join_words(verification->policy->audiences, trace->pool);
}

static const char *print_time(const json_t *value, double now_s,
                              apr_pool_t *pool)
{
    const char *text = ajwt_json_print(value, pool), *date;

    if (!json_is_number(value))
        return text;
    date = ajwt_term_time(json_number_value(value), now_s, pool);
    return date ? date : apr_pstrcat(pool, text, ", not a date", NULL);
}

static const char *print_now(double now_s, apr_pool_t *pool)
{
    const char *date = ajwt_term_time(now_s, now_s, pool);

    return date ? date : apr_psprintf(pool, "%.0f", now_s);
}

static void describe_times(ajwt_finding *finding, const ajwt_trace *trace,
                           const ajwt_verification *verification)
{
    static const char *const names[] = {"iat", "nbf", "exp"};
    const double now_s = (double)verification->now / APR_USEC_PER_SEC;
    int i;

    finding->actual = "";
    for (i = 0; i < 3; i++) {
        const json_t *value = json_object_get(trace->token.claims, names[i]);

        if (value)
            finding->actual = apr_pstrcat(
                trace->pool, finding->actual, *finding->actual ? "; " : "",
                names[i], " ", print_time(value, now_s, trace->pool), NULL);
    }
    finding->expected = apr_psprintf(
        trace->pool, "%s, plus or minus %d seconds",
        print_now(now_s, trace->pool), verification->policy->leeway_s);
    if (verification->policy->max_lifetime_s)
        finding->expected = apr_psprintf(
            trace->pool, "%s; lifetime at most %d seconds", finding->expected,
            verification->policy->max_lifetime_s);
}

static void describe_required(ajwt_finding *finding, const ajwt_trace *trace,
                              const ajwt_verification *verification)
{
    const apr_array_header_t *required = verification->policy->required;
    const char *lacking = "";
    int i;

    for (i = 0; i < required->nelts; i++) {
        const char *name = APR_ARRAY_IDX(required, i, const char *);
        const json_t *value = json_object_get(trace->token.claims, name);

        if (!value || json_is_null(value))
            lacking = apr_pstrcat(trace->pool, lacking, " ", name, NULL);
    }
    finding->actual = *lacking
                          ? apr_pstrcat(trace->pool, "missing:", lacking, NULL)
                          : "all present";
    finding->expected =
        required->nelts ? join_words(required, trace->pool) : "none";
}

static void describe_cnf(ajwt_finding *finding, const ajwt_trace *trace,
                         const ajwt_verification *verification)
{
    (void)verification;
    finding->actual = print_claim(trace, "cnf");
    finding->expected = "none";
}

/* No default: the compiler finds a step without these texts. */
static void describe_step(ajwt_finding *finding, ajwt_step step,
                          const ajwt_trace *trace,
                          const ajwt_verification *verification)
{
    switch (step) {
    case AJWT_STEP_ALGORITHM:
        describe_algorithm(finding, trace, verification);
        break;
    case AJWT_STEP_TYPE:
        describe_type(finding, trace, verification);
        break;
    case AJWT_STEP_KEY:
        describe_key(finding, trace, verification);
        break;
    case AJWT_STEP_SIGNATURE:
        describe_signature(finding, trace, verification);
        break;
    case AJWT_STEP_ISSUER:
        describe_issuer(finding, trace, verification);
        break;
    case AJWT_STEP_AUDIENCE:
        describe_audience(finding, trace, verification);
        break;
    case AJWT_STEP_TIMES:
        describe_times(finding, trace, verification);
        break;
    case AJWT_STEP_REQUIRED:
        describe_required(finding, trace, verification);
        break;
    case AJWT_STEP_CNF:
        describe_cnf(finding, trace, verification);
        break;
    }
}

/* --- Steps */

static ajwt_pasted explain_form(const ajwt_trace *trace,
                                const ajwt_presented *presented,
                                ajwt_reason reason, const char *text)
{
    ajwt_pasted pasted = {NULL, NULL};

    if (reason == AJWT_ACCEPTED)
        return pasted;
    if (presented->is_password) {
        if (reason == AJWT_NOT_COMPACT)
            pasted.actual = "the password is not a token; another "
                            "AuthBasicProvider of the section may accept it";
        return pasted;
    }
    if (reason != AJWT_BASE64URL_INVALID)
        return ajwt_pasted_explain(trace->options, text, trace->pool);
    pasted.actual = "a part of it is not base64url";
    pasted.fix = "Copy the whole token again, to its end: it was cut or "
                 "changed.";
    return pasted;
}

static ajwt_reason check_form(ajwt_trace *trace, const char *text,
                              const ajwt_presented *presented)
{
    const ajwt_reason reason =
        ajwt_token_parse(&trace->token, presented->token, trace->pool);
    const ajwt_pasted pasted = explain_form(trace, presented, reason, text);
    ajwt_finding *finding = add_result(trace, "form", reason);

    finding->actual = apr_psprintf(
        trace->pool, "%" APR_SIZE_T_FMT " bytes%s%s", presented->token.len,
        pasted.actual ? "; " : "", pasted.actual ? pasted.actual : "");
    if (pasted.fix)
        finding->fix = pasted.fix;
    return reason;
}

static int trace_credentials(ajwt_trace *trace, const char *text)
{
    ajwt_reason reason = ajwt_trust_check(&trace->trust);
    ajwt_presented presented;
    ajwt_pasted pasted;
    ajwt_finding *finding;

    if (reason != AJWT_ACCEPTED) {
        add_result(trace, "configuration", reason);
        return 0;
    }
    ajwt_presented_find(&presented, trace->options, text, trace->pool);
    reason = presented.reason;
    pasted.actual = presented.detail;
    pasted.fix = presented.fix;
    if (reason != AJWT_ACCEPTED && !presented.detail)
        pasted = ajwt_pasted_explain(trace->options, text, trace->pool);
    finding = add_result(trace, "credentials", reason);
    finding->actual = pasted.actual;
    if (pasted.fix)
        finding->fix = pasted.fix;
    return reason == AJWT_ACCEPTED &&
           check_form(trace, text, &presented) == AJWT_ACCEPTED;
}

static const char *print_issuers(const ajwt_issuers *issuers, apr_pool_t *pool)
{
    const char *names = "";
    int i;

    for (i = 0; i < issuers->list->nelts; i++)
        names = apr_pstrcat(
            pool, names, i ? " " : "",
            APR_ARRAY_IDX(issuers->list, i, const ajwt_issuer *)->name, NULL);
    return names;
}

static const ajwt_issuer *choose_issuer(ajwt_trace *trace)
{
    const ajwt_trust *trust = &trace->trust;
    const ajwt_issuer *issuer;
    ajwt_reason reason = ajwt_trust_find(&issuer, trust, &trace->token);
    ajwt_finding *finding = add_result(trace, "trusted issuer", reason);

    finding->actual =
        apr_pstrcat(trace->pool, "iss ",
                    quote_text(trace->token.issuer, trace->pool), NULL);
    finding->expected = print_issuers(trust->issuers, trace->pool);
    return reason == AJWT_ACCEPTED ? issuer : NULL;
}

/*
 * Returns NULL if there are no keys; the next step reports that as the server
 * does.
 */
static const ajwt_keyset *load_keys(ajwt_trace *trace,
                                    const ajwt_source *source)
{
    const ajwt_options *options = trace->options;
    const ajwt_keyset *keys = source->keyset;
    const void *document;
    ajwt_validator known = {"", ""};
    ajwt_http_response response = {0};
    ajwt_reason reason = AJWT_ACCEPTED;
    ajwt_finding *finding;

    if (!keys)
        reason = ajwt_load(
            &response, &known, source, &options->settings.fetcher,
            apr_time_now() +
                apr_time_from_sec(options->settings.schedule.timeout_s),
            trace->pool);
    if (!keys && reason == AJWT_ACCEPTED) {
        reason = source->parse(&document, &response.detail, source,
                               response.body, trace->pool);
        keys = document;
    }
    finding = add_finding(trace, "keys", reason);
    finding->actual =
        response.detail
            ? response.detail
            : apr_psprintf(trace->pool, "%d of %s",
                           keys ? keys->keys->nelts : 0, source->name);
    return reason == AJWT_ACCEPTED ? keys : NULL;
}

/*
 * Each step depends on the ones before it, except that no step depends on the
 * type.
 */
static void check_steps(ajwt_trace *trace, ajwt_verification *verification)
{
    const ajwt_verify_step *step;
    int i, is_over = 0;

    for (i = 0; (step = ajwt_verify_step_at(i)); i++) {
        ajwt_finding *finding;

        if (is_over) {
            add_skipped(trace, step->name);
            continue;
        }
        finding = add_result(trace, step->name, step->check(verification));
        describe_step(finding, step->step, trace, verification);
        is_over = finding->mark == AJWT_MARK_FAILED &&
                  finding->reason != AJWT_TYPE_REFUSED;
    }
}

static void check_claims(ajwt_trace *trace,
                         const ajwt_verification *verification)
{
    const ajwt_claims_rule *rule;
    int i;

    for (i = 0; (rule = ajwt_claims_rule_at(i)); i++) {
        ajwt_finding *finding =
            add_result(trace, rule->name,
                       rule->check(trace->token.claims, verification->policy,
                                   verification->now));

        describe_step(finding, rule->step, trace, verification);
        if (finding->reason == AJWT_CLAIM_TYPE)
            finding->actual = ajwt_claims_explain_type(
                trace->token.claims, verification->policy->audience_claim,
                trace->pool);
    }
}

static void check_user(ajwt_trace *trace)
{
    ajwt_finding *finding;
    const char *why;

    trace->user = ajwt_user_name_find(&why, trace->options->section.user,
                                      trace->token.claims, trace->pool);
    finding = add_result(trace, "user",
                         trace->user ? AJWT_ACCEPTED : AJWT_USER_MISSING);
    finding->actual =
        trace->user
            ? quote_text(ajwt_bytes_from_string(trace->user), trace->pool)
        : why ? why
              : "none";
    finding->expected = trace->options->user_words;
}

static void check_require(ajwt_trace *trace)
{
    apr_array_header_t *answers =
        apr_array_make(trace->pool, 2, sizeof(ajwt_rule_answer));
    const ajwt_require_eval_case checked = {
        trace->options->require, trace->options->aliases, trace->token.claims,
        trace->user, trace->now};
    ajwt_reason reason;
    const char *error =
        ajwt_require_eval(&reason, &trace->is_open, answers, &checked);
    int i;

    if (error)
        ajwt_command_misuse("%s", error);
    for (i = 0; i < answers->nelts; i++) {
        const ajwt_rule_answer *answer =
            &APR_ARRAY_IDX(answers, i, ajwt_rule_answer);
        ajwt_finding *finding =
            add_finding(trace, answer->line, answer->reason);

        if (!answer->is_known ||
            (reason == AJWT_ACCEPTED && answer->reason != AJWT_ACCEPTED))
            finding->mark = AJWT_MARK_SKIPPED;
        if (finding->mark == AJWT_MARK_SKIPPED)
            finding->reason = AJWT_ACCEPTED;
        if (finding->mark == AJWT_MARK_FAILED) {
            finding->actual = answer->actual;
            finding->expected = answer->expected;
        }
        if (!answer->is_known)
            finding->actual =
                trace->user ? "only httpd can evaluate this line" : NULL;
        else if (finding->mark == AJWT_MARK_SKIPPED)
            finding->actual = "false, but another Require line grants access";
    }
    if (trace->result == AJWT_ACCEPTED)
        trace->result = reason;
}

void ajwt_trace_run(ajwt_trace *trace, const char *text)
{
    const ajwt_issuer *issuer;
    ajwt_policy policy;
    ajwt_verification verification = {&trace->token, &policy, NULL, NULL,
                                      trace->now};

    trace->findings = apr_array_make(trace->pool, 16, sizeof(ajwt_finding));
    trace->result = AJWT_ACCEPTED;
    trace->trust = ajwt_options_trust(trace->options);
    if (!trace_credentials(trace, text))
        return;
    issuer = choose_issuer(trace);
    if (!issuer)
        return;
    ajwt_trust_policy(&policy, &trace->trust, issuer);
    verification.keys = load_keys(trace, issuer->source);
    check_steps(trace, &verification);
    check_claims(trace, &verification);
    check_user(trace);
    check_require(trace);
}
