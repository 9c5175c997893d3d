/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All results of the module, one row for each reason.
 *
 * A row contains the log tag and level, the response to the client (RFC 6750
 * 3.1) with its text, and the fix for the administrator. The texts are
 * constant: they never contain a part of a token.
 *
 *   00xx  the request            04xx  what is allowed
 *   01xx  the token's form       05xx  the configuration
 *   02xx  the key, the signature 06xx  where keys come from
 *   03xx  the claims             07xx  why a key of a set is not used
 *
 * Reasons 06xx and 07xx are reported about a key source. No request is answered
 * with one of them; their status is that of a request without keys.
 */
#ifndef AJWT_CORE_REASON_H
#define AJWT_CORE_REASON_H

#define AJWT_MUST_USE __attribute__((warn_unused_result))

typedef enum ajwt_level {
    AJWT_LEVEL_ERROR, /* the administrator must act now */
    AJWT_LEVEL_WARN,  /* the administrator should look */
    AJWT_LEVEL_INFO,  /* a client was refused */
    AJWT_LEVEL_DEBUG
} ajwt_level;

/* clang-format off */
/* REASON(name, tag, level, status, RFC 6750 error, text, fix) */
#define AJWT_REASONS(REASON) \
 REASON(ACCEPTED,                "JWT0000", DEBUG, 200, "",                   "accepted", \
        "Nothing.") \
 REASON(NO_TOKEN,                "JWT0001", INFO,  401, "",                   "no token", \
        "The client must send Authorization: Bearer TOKEN. A browser or a proxy in between may strip it.") \
 REASON(OTHER_SCHEME,            "JWT0002", INFO,  401, "",                   "credentials of another scheme", \
        "Send Bearer. To take both: AuthType Basic and <If \"%{HTTP:Authorization} =~ /^Bearer /i\"> with AuthType Bearer.") \
 REASON(MALFORMED_CREDENTIALS,   "JWT0003", INFO,  400, "invalid_request",    "malformed credentials", \
        "Fix the client; often a variable was empty, or the token is in quotes.") \
 REASON(SEVERAL_TOKENS,          "JWT0004", INFO,  400, "invalid_request",    "more than one token", \
        "Send one Authorization header; a gateway may add a second.") \
 REASON(TOKEN_TOO_LONG,          "JWT0005", INFO,  401, "invalid_token",      "token too long", \
        "Have the issuer put fewer groups or roles into it. Tokens of 8 to 16 KiB, which httpd itself refuses with 400, need LimitRequestFieldSize 16500.") \
 REASON(NOT_COMPACT,             "JWT0101", INFO,  401, "invalid_token",      "not a signed token in compact form", \
        "Have the client ask for a token for this API: the audience, resource or scope decides whether it is a JWT. As a password of Basic: use a client that does not cut it, as cadaver and davfs2 do at 255 bytes.") \
 REASON(ENCRYPTED,               "JWT0102", INFO,  401, "invalid_token",      "encrypted token", \
        "Switch encryption off for this application at the issuer.") \
 REASON(BASE64URL_INVALID,       "JWT0103", INFO,  401, "invalid_token",      "not strict base64url", \
        "Send the token as the issuer gave it: look for what cuts or re-codes it on its way.") \
 REASON(HEADER_INVALID,          "JWT0104", INFO,  401, "invalid_token",      "header is not a JSON object", \
        "Send the token as the issuer gave it; if it is no JWT, have the client ask for a token for this API.") \
 REASON(PAYLOAD_INVALID,         "JWT0105", INFO,  401, "invalid_token",      "payload is not a JSON object", \
        "Send the token as the issuer gave it; a nested token is not accepted.") \
 REASON(DUPLICATE_MEMBER,        "JWT0106", INFO,  401, "invalid_token",      "duplicate JSON member", \
        "The issuer must fix its tokens or its key set.") \
 REASON(OVER_LIMIT,              "JWT0107", INFO,  401, "invalid_token",      "over a limit of depth, members or length", \
        "The issuer must send less: see the limits.") \
 REASON(PARAMETER_TYPE,          "JWT0108", INFO,  401, "invalid_token",      "header parameter of the wrong type", \
        "The issuer must fix its tokens.") \
 REASON(CRITICAL_PARAMETER,      "JWT0109", INFO,  401, "invalid_token",      "critical header parameter", \
        "Have the issuer leave it out.") \
 REASON(UNENCODED_PAYLOAD,       "JWT0110", INFO,  401, "invalid_token",      "unencoded payload", \
        "The issuer must fix its tokens.") \
 REASON(COMPRESSED,              "JWT0111", INFO,  401, "invalid_token",      "compressed token", \
        "Have the issuer leave it out.") \
 REASON(ALGORITHM_NONE,          "JWT0112", INFO,  401, "invalid_token",      "token is not signed", \
        "Nothing, if it is an attack; else have the issuer sign.") \
 REASON(ALGORITHM_UNKNOWN,       "JWT0113", INFO,  401, "invalid_token",      "algorithm not known", \
        "See AuthJWTAlgorithms for what there is.") \
 REASON(ALGORITHM_REFUSED,       "JWT0114", INFO,  401, "invalid_token",      "algorithm not accepted", \
        "If it should be: AuthJWTAlgorithms, or algs=.") \
 REASON(TYPE_REFUSED,            "JWT0115", INFO,  401, "invalid_token",      "token type not accepted", \
        "Send an access token; or see AuthJWTTokenType.") \
 REASON(REPLICATED_CLAIM,        "JWT0116", INFO,  401, "invalid_token",      "header and payload contradict each other", \
        "The issuer must fix its tokens.") \
 REASON(NUMBER_RANGE,            "JWT0117", INFO,  401, "invalid_token",      "number out of range", \
        "The issuer must write numbers that fit a double, or strings.") \
 REASON(KEY_UNKNOWN,             "JWT0201", INFO,  401, "invalid_token",      "signing key not known", \
        "Compare kid with the key set. With keys=: the file lacks the key that signed. Entra ID with a custom signing key: metadata= with ?appid=CLIENT-ID.") \
 REASON(KEY_UNSUITABLE,          "JWT0202", INFO,  401, "invalid_token",      "signing key does not fit the algorithm", \
        "The issuer must fix its key set or its tokens, which contradict each other.") \
 REASON(KEY_AMBIGUOUS,           "JWT0203", INFO,  401, "invalid_token",      "too many keys could have signed", \
        "Give keys and tokens a kid.") \
 REASON(SIGNATURE_INVALID,       "JWT0204", INFO,  401, "invalid_token",      "signature does not verify", \
        "With keys= or secret=: take the file anew from the issuer. Else send the token as the issuer gave it; nothing helps one that is forged.") \
 REASON(KEYS_UNAVAILABLE,        "JWT0205", WARN,  503, "",                   "no keys to check by yet", \
        "See the JWT06.. line of this issuer for why.") \
 REASON(KEYS_STALE,              "JWT0206", WARN,  503, "",                   "keys are too old to check by", \
        "See the JWT06.. line of this issuer for why.") \
 REASON(KEY_ISSUER,              "JWT0207", INFO,  401, "invalid_token",      "signing key belongs to another issuer", \
        "An attack, or keys of Entra ID's v2.0 for a v1 token: name the v1 document with metadata=.") \
 REASON(GRAPH_TOKEN,             "JWT0208", INFO,  401, "invalid_token",      "token was made for Microsoft Graph", \
        "The client must ask for a token for this API: scope api://CLIENT-ID/... instead of User.Read and the like.") \
 REASON(CLAIM_TYPE,              "JWT0301", INFO,  401, "invalid_token",      "claim of the wrong type", \
        "The issuer must fix its tokens.") \
 REASON(CLAIM_MISSING,           "JWT0302", INFO,  401, "invalid_token",      "required claim missing", \
        "Have the issuer add it, or do not require it.") \
 REASON(ISSUER_MISSING,          "JWT0303", INFO,  401, "invalid_token",      "issuer missing", \
        "AuthJWTIssuer * with keys of its own, if that is meant.") \
 REASON(ISSUER_UNKNOWN,          "JWT0304", INFO,  401, "invalid_token",      "issuer not accepted", \
        "Copy it exactly into AuthJWTIssuer, a final slash included. Entra ID: v1 tokens have https://sts.windows.net/TENANT-ID/.") \
 REASON(AUDIENCE_MISSING,        "JWT0305", INFO,  401, "invalid_token",      "audience missing", \
        "audience-claim= names another claim (Cognito: client_id); Keycloak needs an audience mapper.") \
 REASON(AUDIENCE_REFUSED,        "JWT0306", INFO,  401, "invalid_token",      "audience not accepted", \
        "Have the client ask for this API; or add the value to AuthJWTAudience. aud is not logged: ajwt explain shows it.") \
 REASON(EXPIRED,                 "JWT0307", INFO,  401, "invalid_token",      "token expired", \
        "The client must get a new token; check the server's clock.") \
 REASON(NOT_YET_VALID,           "JWT0308", INFO,  401, "invalid_token",      "token not valid yet", \
        "Check the clocks.") \
 REASON(ISSUED_IN_FUTURE,        "JWT0309", INFO,  401, "invalid_token",      "token issued in the future", \
        "Check the clocks.") \
 REASON(LIFETIME_TOO_LONG,       "JWT0310", INFO,  401, "invalid_token",      "token lives too long", \
        "Have the issuer shorten it.") \
 REASON(TOKEN_BOUND,             "JWT0311", INFO,  401, "invalid_token",      "token is bound to a key or a certificate", \
        "Have the issuer give this client a bearer token.") \
 REASON(USER_MISSING,            "JWT0312", INFO,  401, "invalid_token",      "no claim names the user", \
        "Name another claim; app-only tokens may have no sub.") \
 REASON(TENANT_INVALID,          "JWT0313", INFO,  401, "invalid_token",      "tenant missing or not that of the issuer", \
        "An attack, or not a token of Entra ID.") \
 REASON(TENANT_REFUSED,          "JWT0314", INFO,  401, "invalid_token",      "tenant not accepted", \
        "Add the tenant, if its users may come in.") \
 REASON(SCOPE_MISSING,           "JWT0401", INFO,  403, "insufficient_scope", "scope not granted", \
        "Have the client ask for the scope and be granted it.") \
 REASON(CLAIM_RULE,              "JWT0402", INFO,  403, "",                   "claims do not allow this", \
        "Look at the claims: AuthJWTExport all and a CGI that prints its environment show them.") \
 REASON(CLAIM_OVERAGE,           "JWT0403", INFO,  403, "",                   "claim left out of the token for its size", \
        "Use app roles (Require jwt-claim roles=...), or have the issuer send only groups assigned to the application.") \
 REASON(STEP_UP_NEEDED,          "JWT0404", INFO,  401, "insufficient_user_authentication", "another or a newer login is needed", \
        "The client must send the user to the issuer again, with the acr_values and max_age of the challenge.") \
 REASON(CLAIM_INEXACT,           "JWT0405", INFO,  403, "",                   "claim holds an integer beyond 64 bits", \
        "Have the issuer write it as a string.") \
 REASON(VALUE_EMPTY,             "JWT0406", INFO,  403, "",                   "expression in a Require line is empty", \
        "Look at the line that is logged: its variable is not set for this request, or the group of its LocationMatch matched nothing.") \
 REASON(ISSUER_UNCONFIGURED,     "JWT0501", ERROR, 500, "",                   "no issuer is configured", \
        "Write AuthJWTIssuer for the section that the line names.") \
 REASON(AUDIENCE_UNCONFIGURED,   "JWT0502", ERROR, 500, "",                   "no audience is configured", \
        "Write AuthJWTAudience for the section that the line names.") \
 REASON(INTERNAL,                "JWT0503", ERROR, 500, "",                   "internal error", \
        "The lines before it say more; write the expression so that it does not try many ways through one text, as (a+)+ does.") \
 REASON(FETCH_FAILED,            "JWT0601", WARN,  503, "",                   "document could not be fetched", \
        "Try the URL with curl on this machine; AuthJWTFetchProxy, AuthJWTFetchCA.") \
 REASON(FETCH_STATUS,            "JWT0602", WARN,  503, "",                   "answer was not a document with status 200", \
        "Name the final URL: the line shows where a redirect leads.") \
 REASON(FETCH_TOO_LARGE,         "JWT0603", WARN,  503, "",                   "document too large", \
        "Is it the right URL?") \
 REASON(METADATA_INVALID,        "JWT0604", WARN,  503, "",                   "discovery document is not usable", \
        "Is it the right URL?") \
 REASON(METADATA_ISSUER,         "JWT0605", WARN,  503, "",                   "discovery document is of another issuer", \
        "Write the one that the line shows into AuthJWTIssuer, if it is the one you mean.") \
 REASON(METADATA_JWKS_URI,       "JWT0606", WARN,  503, "",                   "discovery document has no acceptable jwks_uri", \
        "Name the key set with jwks=.") \
 REASON(KEYSET_INVALID,          "JWT0607", WARN,  503, "",                   "not a key set", \
        "Is it the right URL or file?") \
 REASON(KEYSET_UNUSABLE,         "JWT0608", WARN,  503, "",                   "key set has no usable key", \
        "See the lines JWT07.. before it.") \
 REASON(FILE_UNREADABLE,         "JWT0609", WARN,  503, "",                   "file could not be read", \
        "Let the children of httpd read it.") \
 REASON(STATE_UNWRITABLE,        "JWT0610", WARN,  503, "",                   "key set could not be saved", \
        "The line has the system's words: space, rights.") \
 REASON(STATE_UNUSABLE,          "JWT0611", WARN,  503, "",                   "saved key set is not usable", \
        "Nothing, if the issuer can be reached: a fetch saves it anew. Else look at the file that the line names.") \
 REASON(KEYSET_AMBIGUOUS,        "JWT0612", WARN,  503, "",                   "more than four keys cannot be told apart", \
        "Give each key a kid of its own, and the tokens too; or leave only the keys that are needed.") \
 REASON(KEYSET_REPAIRED,         "JWT0613", INFO,  503, "",                   "key set does not follow the RFCs and is used", \
        "Nothing: the keys verify.") \
 REASON(KEY_MALFORMED,           "JWT0701", WARN,  503, "",                   "key is malformed", \
        "The issuer must fix it.") \
 REASON(KEY_TYPE_UNKNOWN,        "JWT0702", DEBUG, 503, "",                   "key type or curve is not known", \
        "Nothing: the others serve.") \
 REASON(KEY_SIZE,                "JWT0703", WARN,  503, "",                   "key is too short or too long", \
        "Use another key.") \
 REASON(KEY_PURPOSE,             "JWT0704", DEBUG, 503, "",                   "key is not for verifying signatures", \
        "Nothing: the others serve.") \
 REASON(KEY_SYMMETRIC,           "JWT0705", WARN,  503, "",                   "secret key in a fetched key set", \
        "The issuer publishes a secret: tell them.") \
 REASON(KEY_PRIVATE,             "JWT0706", WARN,  503, "",                   "private part of a key was published and is ignored", \
        "Whoever made it must replace it: it is no longer secret.") \
 REASON(KEY_REPAIRED,            "JWT0707", INFO,  503, "",                   "key does not follow the RFCs and is used", \
        "Nothing: the key verifies. The issuer should write it as the RFCs say.")
/* clang-format on */

typedef enum ajwt_reason {
#define AJWT_REASON_ENUM(name, tag, level, status, error, text, fix) \
    AJWT_##name,
    AJWT_REASONS(AJWT_REASON_ENUM)
#undef AJWT_REASON_ENUM
        AJWT_REASON_COUNT
} ajwt_reason;

typedef struct ajwt_reason_row {
    const char *name;  /* EXPIRED */
    const char *tag;   /* JWT0307 */
    ajwt_level level;  /* of its log line */
    int status;        /* HTTP status */
    const char *error; /* RFC 6750 3.1, "" for none */
    const char *text;  /* error_description, without quotes or backslashes */
    const char *fix;   /* as in docs/log.md */
} ajwt_reason_row;

/** The row of a reason; that of INTERNAL for an invalid number. */
const ajwt_reason_row *ajwt_reason_describe(ajwt_reason reason);

#endif
