/*
 * Why was it refused?  Every verdict of the module, once.
 *
 * One row a reason: what the log calls it, how loud, what the client is
 * answered (RFC 6750 3.1) and in which words.  The texts are fixed: nothing
 * of a token is ever part of them.
 *
 *   00xx  the request            04xx  what is allowed
 *   01xx  the token's form       05xx  the configuration
 *   02xx  the key, the signature 06xx  where keys come from
 *   03xx  the claims             07xx  why a key of a set is not used
 *
 * Reasons 06xx and 07xx are reported about a key source; no request gets one
 * as its answer, and their status says what a request without keys gets.
 */
#ifndef AJWT_CORE_REASON_H
#define AJWT_CORE_REASON_H

#define AJWT_MUST_USE __attribute__((warn_unused_result))

typedef enum ajwt_level {
    AJWT_LEVEL_ERROR, /* an administrator must act, now */
    AJWT_LEVEL_WARN,  /* an administrator should look */
    AJWT_LEVEL_INFO,  /* a client was refused */
    AJWT_LEVEL_DEBUG
} ajwt_level;

/* clang-format off */
/* REASON(name, tag, level, status, RFC 6750 error, text) */
#define AJWT_REASONS(REASON) \
 REASON(ACCEPTED,                "JWT0000", DEBUG, 200, "",                   "accepted") \
 REASON(NO_TOKEN,                "JWT0001", INFO,  401, "",                   "no token") \
 REASON(OTHER_SCHEME,            "JWT0002", INFO,  401, "",                   "credentials of another scheme") \
 REASON(MALFORMED_CREDENTIALS,   "JWT0003", INFO,  400, "invalid_request",    "malformed credentials") \
 REASON(SEVERAL_TOKENS,          "JWT0004", INFO,  400, "invalid_request",    "more than one token") \
 REASON(TOKEN_TOO_LONG,          "JWT0005", INFO,  401, "invalid_token",      "token too long") \
 REASON(NOT_COMPACT,             "JWT0101", INFO,  401, "invalid_token",      "not a signed token in compact form") \
 REASON(ENCRYPTED,               "JWT0102", INFO,  401, "invalid_token",      "encrypted token") \
 REASON(BASE64URL_INVALID,       "JWT0103", INFO,  401, "invalid_token",      "not strict base64url") \
 REASON(HEADER_INVALID,          "JWT0104", INFO,  401, "invalid_token",      "header is not a JSON object") \
 REASON(PAYLOAD_INVALID,         "JWT0105", INFO,  401, "invalid_token",      "payload is not a JSON object") \
 REASON(DUPLICATE_MEMBER,        "JWT0106", INFO,  401, "invalid_token",      "duplicate JSON member") \
 REASON(OVER_LIMIT,              "JWT0107", INFO,  401, "invalid_token",      "over a limit of depth, members or length") \
 REASON(PARAMETER_TYPE,          "JWT0108", INFO,  401, "invalid_token",      "header parameter of the wrong type") \
 REASON(CRITICAL_PARAMETER,      "JWT0109", INFO,  401, "invalid_token",      "critical header parameter") \
 REASON(UNENCODED_PAYLOAD,       "JWT0110", INFO,  401, "invalid_token",      "unencoded payload") \
 REASON(COMPRESSED,              "JWT0111", INFO,  401, "invalid_token",      "compressed token") \
 REASON(ALGORITHM_NONE,          "JWT0112", INFO,  401, "invalid_token",      "token is not signed") \
 REASON(ALGORITHM_UNKNOWN,       "JWT0113", INFO,  401, "invalid_token",      "algorithm not known") \
 REASON(ALGORITHM_REFUSED,       "JWT0114", INFO,  401, "invalid_token",      "algorithm not accepted") \
 REASON(TYPE_REFUSED,            "JWT0115", INFO,  401, "invalid_token",      "token type not accepted") \
 REASON(REPLICATED_CLAIM,        "JWT0116", INFO,  401, "invalid_token",      "header and payload contradict each other") \
 REASON(KEY_UNKNOWN,             "JWT0201", INFO,  401, "invalid_token",      "signing key not known") \
 REASON(KEY_UNSUITABLE,          "JWT0202", INFO,  401, "invalid_token",      "signing key does not fit the algorithm") \
 REASON(KEY_AMBIGUOUS,           "JWT0203", INFO,  401, "invalid_token",      "too many keys could have signed") \
 REASON(SIGNATURE_INVALID,       "JWT0204", INFO,  401, "invalid_token",      "signature does not verify") \
 REASON(KEYS_UNAVAILABLE,        "JWT0205", WARN,  503, "",                   "no keys to judge by yet") \
 REASON(KEYS_STALE,              "JWT0206", WARN,  503, "",                   "keys are too old to judge by") \
 REASON(KEY_ISSUER,              "JWT0207", INFO,  401, "invalid_token",      "signing key belongs to another issuer") \
 REASON(GRAPH_TOKEN,             "JWT0208", INFO,  401, "invalid_token",      "token was made for Microsoft Graph") \
 REASON(CLAIM_TYPE,              "JWT0301", INFO,  401, "invalid_token",      "claim of the wrong type") \
 REASON(CLAIM_MISSING,           "JWT0302", INFO,  401, "invalid_token",      "required claim missing") \
 REASON(ISSUER_MISSING,          "JWT0303", INFO,  401, "invalid_token",      "issuer missing") \
 REASON(ISSUER_UNKNOWN,          "JWT0304", INFO,  401, "invalid_token",      "issuer not accepted") \
 REASON(AUDIENCE_MISSING,        "JWT0305", INFO,  401, "invalid_token",      "audience missing") \
 REASON(AUDIENCE_REFUSED,        "JWT0306", INFO,  401, "invalid_token",      "audience not accepted") \
 REASON(EXPIRED,                 "JWT0307", INFO,  401, "invalid_token",      "token expired") \
 REASON(NOT_YET_VALID,           "JWT0308", INFO,  401, "invalid_token",      "token not valid yet") \
 REASON(ISSUED_IN_FUTURE,        "JWT0309", INFO,  401, "invalid_token",      "token issued in the future") \
 REASON(LIFETIME_TOO_LONG,       "JWT0310", INFO,  401, "invalid_token",      "token lives too long") \
 REASON(TOKEN_BOUND,             "JWT0311", INFO,  401, "invalid_token",      "token is bound to a key or a certificate") \
 REASON(USER_MISSING,            "JWT0312", INFO,  401, "invalid_token",      "no claim names the user") \
 REASON(TENANT_INVALID,          "JWT0313", INFO,  401, "invalid_token",      "tenant missing or not that of the issuer") \
 REASON(TENANT_REFUSED,          "JWT0314", INFO,  401, "invalid_token",      "tenant not accepted") \
 REASON(SCOPE_MISSING,           "JWT0401", INFO,  403, "insufficient_scope", "scope not granted") \
 REASON(CLAIM_RULE,              "JWT0402", INFO,  403, "insufficient_scope", "claims do not allow this") \
 REASON(CLAIM_OVERAGE,           "JWT0403", INFO,  403, "insufficient_scope", "claim left out of the token for its size") \
 REASON(STEP_UP_NEEDED,          "JWT0404", INFO,  401, "insufficient_user_authentication", "another or a newer login is needed") \
 REASON(ISSUER_UNCONFIGURED,     "JWT0501", ERROR, 500, "",                   "no issuer is configured") \
 REASON(AUDIENCE_UNCONFIGURED,   "JWT0502", ERROR, 500, "",                   "no audience is configured") \
 REASON(INTERNAL,                "JWT0503", ERROR, 500, "",                   "internal error") \
 REASON(FETCH_FAILED,            "JWT0601", WARN,  503, "",                   "document could not be fetched") \
 REASON(FETCH_STATUS,            "JWT0602", WARN,  503, "",                   "answer was not a document with status 200") \
 REASON(FETCH_TOO_LARGE,         "JWT0603", WARN,  503, "",                   "document too large") \
 REASON(METADATA_INVALID,        "JWT0604", WARN,  503, "",                   "discovery document is not usable") \
 REASON(METADATA_ISSUER,         "JWT0605", WARN,  503, "",                   "discovery document is of another issuer") \
 REASON(METADATA_JWKS_URI,       "JWT0606", WARN,  503, "",                   "discovery document has no acceptable jwks_uri") \
 REASON(KEYSET_INVALID,          "JWT0607", WARN,  503, "",                   "not a key set") \
 REASON(KEYSET_UNUSABLE,         "JWT0608", WARN,  503, "",                   "key set has no usable key") \
 REASON(FILE_UNREADABLE,         "JWT0609", WARN,  503, "",                   "file could not be read") \
 REASON(STATE_UNWRITABLE,        "JWT0610", WARN,  503, "",                   "key set could not be saved") \
 REASON(STATE_UNUSABLE,          "JWT0611", WARN,  503, "",                   "saved key set is not usable") \
 REASON(KEY_MALFORMED,           "JWT0701", WARN,  503, "",                   "key is malformed") \
 REASON(KEY_TYPE_UNKNOWN,        "JWT0702", DEBUG, 503, "",                   "key type or curve is not known") \
 REASON(KEY_SIZE,                "JWT0703", WARN,  503, "",                   "key is too short or too long") \
 REASON(KEY_PURPOSE,             "JWT0704", DEBUG, 503, "",                   "key is not for verifying signatures") \
 REASON(KEY_SYMMETRIC,           "JWT0705", WARN,  503, "",                   "secret key in a fetched key set") \
 REASON(KEY_PRIVATE,             "JWT0706", WARN,  503, "",                   "private part of a key was published and is ignored")
/* clang-format on */

typedef enum ajwt_reason {
#define AJWT_REASON_ENUM(name, tag, level, status, error, text) AJWT_##name,
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
} ajwt_reason_row;

/** The row of a reason; that of INTERNAL for a number that is none. */
const ajwt_reason_row *ajwt_reason_describe(ajwt_reason reason);

#endif
