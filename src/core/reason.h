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
        "The client must send Authorization: Bearer TOKEN. If it does, look for a proxy, a redirect or a rewrite that removes the header.") \
 REASON(OTHER_SCHEME,            "JWT0002", INFO,  401, "",                   "Authorization has another scheme", \
        "The client must send the scheme Bearer. To accept both, write AuthType Basic, and AuthType Bearer inside <If \"%{HTTP:Authorization} =~ /^Bearer /i\">.") \
 REASON(MALFORMED_CREDENTIALS,   "JWT0003", INFO,  400, "invalid_request",    "malformed credentials", \
        "Fix the client: send Bearer, one blank and the token alone. Check for an empty variable, quotes or a line break.") \
 REASON(SEVERAL_TOKENS,          "JWT0004", INFO,  400, "invalid_request",    "more than one token", \
        "The client must send one token in one place. Look for a gateway that adds a second Authorization header.") \
 REASON(TOKEN_TOO_LONG,          "JWT0005", INFO,  401, "invalid_token",      "token is longer than 16 KiB", \
        "Configure the issuer to send fewer groups or roles. For tokens of 8 to 16 KiB, write LimitRequestFieldSize 16500: otherwise httpd itself answers 400.") \
 REASON(NOT_COMPACT,             "JWT0101", INFO,  401, "invalid_token",      "token is not a signed JWT", \
        "The client must request a token for this API: the audience, resource or scope decides whether the issuer returns a JWT. With AuthType Basic, use a client that does not cut the password: cadaver and davfs2 cut it at 255 bytes.") \
 REASON(ENCRYPTED,               "JWT0102", INFO,  401, "invalid_token",      "token is encrypted", \
        "Turn off token encryption for this application at the issuer.") \
 REASON(BASE64URL_INVALID,       "JWT0103", INFO,  401, "invalid_token",      "token is not base64url", \
        "Send the token exactly as the issuer returned it. Look for a program on the way that cuts or encodes it.") \
 REASON(HEADER_INVALID,          "JWT0104", INFO,  401, "invalid_token",      "header is not a JSON object", \
        "Send the token exactly as the issuer returned it. If it is not a JWT, the client must request a token for this API.") \
 REASON(PAYLOAD_INVALID,         "JWT0105", INFO,  401, "invalid_token",      "payload is not a JSON object", \
        "Send the token exactly as the issuer returned it. Nested JWTs are not accepted.") \
 REASON(DUPLICATE_MEMBER,        "JWT0106", INFO,  401, "invalid_token",      "duplicate JSON member", \
        "The issuer must write each member once, in its tokens and in its key set.") \
 REASON(OVER_LIMIT,              "JWT0107", INFO,  401, "invalid_token",      "a limit of depth, members or length is exceeded", \
        "The issuer must send fewer or smaller claims or keys: see the limits in docs/responses.md.") \
 REASON(PARAMETER_TYPE,          "JWT0108", INFO,  401, "invalid_token",      "header parameter has the wrong type", \
        "The issuer must write alg, kid, typ, x5t and x5t#S256 as strings.") \
 REASON(CRITICAL_PARAMETER,      "JWT0109", INFO,  401, "invalid_token",      "critical header parameter is not supported", \
        "The issuer must leave crit out of the header.") \
 REASON(UNENCODED_PAYLOAD,       "JWT0110", INFO,  401, "invalid_token",      "payload is not encoded", \
        "The issuer must leave b64 out of the header.") \
 REASON(COMPRESSED,              "JWT0111", INFO,  401, "invalid_token",      "token is compressed", \
        "The issuer must leave zip out of the header.") \
 REASON(ALGORITHM_NONE,          "JWT0112", INFO,  401, "invalid_token",      "token is not signed", \
        "The issuer must sign its tokens. An attack needs no action.") \
 REASON(ALGORITHM_UNKNOWN,       "JWT0113", INFO,  401, "invalid_token",      "algorithm is missing or not supported", \
        "The issuer must use an algorithm that is listed at AuthJWTAlgorithms.") \
 REASON(ALGORITHM_REFUSED,       "JWT0114", INFO,  401, "invalid_token",      "algorithm not accepted", \
        "To accept the algorithm, add it to AuthJWTAlgorithms, or to algs= of the issuer.") \
 REASON(TYPE_REFUSED,            "JWT0115", INFO,  401, "invalid_token",      "token type not accepted", \
        "The client must send an access token. To accept another type, add it to AuthJWTTokenType.") \
 REASON(REPLICATED_CLAIM,        "JWT0116", INFO,  401, "invalid_token",      "header and payload contradict each other", \
        "The issuer must write the same iss, sub and aud into header and payload, or leave them out of the header.") \
 REASON(NUMBER_RANGE,            "JWT0117", INFO,  401, "invalid_token",      "number out of range", \
        "The issuer must write numbers that fit a double, or strings.") \
 REASON(KEY_UNKNOWN,             "JWT0201", INFO,  401, "invalid_token",      "signing key not known", \
        "Compare kid with the key set. With keys=, add the key that signed to the file. Entra ID with a custom signing key needs metadata= with ?appid=CLIENT-ID.") \
 REASON(KEY_UNSUITABLE,          "JWT0202", INFO,  401, "invalid_token",      "signing key does not fit the algorithm", \
        "The issuer must make its tokens and its key set agree: the key must allow the token's alg.") \
 REASON(KEY_AMBIGUOUS,           "JWT0203", INFO,  401, "invalid_token",      "more than four keys could have signed", \
        "The issuer must give each key a kid, and name it in its tokens.") \
 REASON(SIGNATURE_INVALID,       "JWT0204", INFO,  401, "invalid_token",      "signature does not verify", \
        "Send the token exactly as the issuer returned it. With keys= or secret=, copy the file again from the issuer. A forged token needs no action.") \
 REASON(KEYS_UNAVAILABLE,        "JWT0205", WARN,  503, "",                   "keys of the issuer are not loaded yet", \
        "Read the JWT06.. line of this issuer in the error log: it says why.") \
 REASON(KEYS_STALE,              "JWT0206", WARN,  503, "",                   "keys of the issuer are too old", \
        "Read the JWT06.. line of this issuer in the error log: it says why.") \
 REASON(KEY_ISSUER,              "JWT0207", INFO,  401, "invalid_token",      "signing key belongs to another issuer", \
        "If it is a v1 token of Entra ID, name the v1 discovery document with metadata=. Otherwise it may be an attack.") \
 REASON(GRAPH_TOKEN,             "JWT0208", INFO,  401, "invalid_token",      "token was issued for Microsoft Graph", \
        "The client must request a token for this API: scope api://CLIENT-ID/... instead of User.Read or another scope of Graph.") \
 REASON(CLAIM_TYPE,              "JWT0301", INFO,  401, "invalid_token",      "claim has the wrong type", \
        "The issuer must write iss as a string, aud as a string or an array of strings, and times as seconds since 1970.") \
 REASON(CLAIM_MISSING,           "JWT0302", INFO,  401, "invalid_token",      "required claim is missing", \
        "Configure the issuer to add the claim, or do not require it.") \
 REASON(ISSUER_MISSING,          "JWT0303", INFO,  401, "invalid_token",      "token has no issuer", \
        "The issuer must add iss. To accept tokens without it, write AuthJWTIssuer * with a key source of its own.") \
 REASON(ISSUER_UNKNOWN,          "JWT0304", INFO,  401, "invalid_token",      "issuer not accepted", \
        "Copy iss exactly into AuthJWTIssuer, a final slash included. Entra ID: v1 tokens have https://sts.windows.net/TENANT-ID/.") \
 REASON(AUDIENCE_MISSING,        "JWT0305", INFO,  401, "invalid_token",      "token has no audience", \
        "Configure the issuer to add aud (Keycloak: an audience mapper), or name another claim with audience-claim= (Cognito: client_id).") \
 REASON(AUDIENCE_REFUSED,        "JWT0306", INFO,  401, "invalid_token",      "audience not accepted", \
        "The client must request a token for this API; or add the audience to AuthJWTAudience. aud is not logged: ajwt explain shows it.") \
 REASON(EXPIRED,                 "JWT0307", INFO,  401, "invalid_token",      "token expired", \
        "The client must get a new token. If the token is new, check the clocks of this server and of the issuer.") \
 REASON(NOT_YET_VALID,           "JWT0308", INFO,  401, "invalid_token",      "token not valid yet", \
        "Check the clocks of this server and of the issuer.") \
 REASON(ISSUED_IN_FUTURE,        "JWT0309", INFO,  401, "invalid_token",      "token issued in the future", \
        "Check the clocks of this server and of the issuer.") \
 REASON(LIFETIME_TOO_LONG,       "JWT0310", INFO,  401, "invalid_token",      "token lifetime is too long", \
        "Configure a shorter token lifetime at the issuer, or raise AuthJWTMaxLifetime.") \
 REASON(TOKEN_BOUND,             "JWT0311", INFO,  401, "invalid_token",      "token is bound to a key or a certificate", \
        "Configure the issuer to give this client bearer tokens, without DPoP or mutual TLS.") \
 REASON(USER_MISSING,            "JWT0312", INFO,  401, "invalid_token",      "no claim names the user", \
        "Name a claim that the token has in AuthJWTUser. App-only tokens may have no sub.") \
 REASON(TENANT_INVALID,          "JWT0313", INFO,  401, "invalid_token",      "tenant is missing or not that of the issuer", \
        "The client must send a token of Entra ID. If it did, it may be an attack.") \
 REASON(TENANT_REFUSED,          "JWT0314", INFO,  401, "invalid_token",      "tenant not accepted", \
        "If users of this tenant may have access, add the tenant to tenants=.") \
 REASON(SCOPE_MISSING,           "JWT0401", INFO,  403, "insufficient_scope", "scope not granted", \
        "The client must request the scope, and the user or an administrator must consent.") \
 REASON(CLAIM_RULE,              "JWT0402", INFO,  403, "",                   "claims do not satisfy a Require line", \
        "Compare the claims with the Require line that is logged: ajwt explain --location PATH shows both.") \
 REASON(CLAIM_OVERAGE,           "JWT0403", INFO,  403, "",                   "claim is too large to be in the token", \
        "Use app roles (Require jwt-claim roles=...), or configure the issuer to send only groups assigned to the application.") \
 REASON(STEP_UP_NEEDED,          "JWT0404", INFO,  401, "insufficient_user_authentication", "another or a more recent login is required", \
        "The client must send the user to the issuer again, with the acr_values and max_age of the challenge.") \
 REASON(CLAIM_INEXACT,           "JWT0405", INFO,  403, "",                   "claim holds an integer beyond 64 bits", \
        "The issuer must write the integer as a string.") \
 REASON(VALUE_EMPTY,             "JWT0406", INFO,  403, "",                   "expression in a Require line is empty", \
        "Check the Require line that is logged: its variable is not set for this request, or its group in LocationMatch matched nothing.") \
 REASON(ISSUER_UNCONFIGURED,     "JWT0501", ERROR, 500, "",                   "no issuer is configured", \
        "Write AuthJWTIssuer into this section.") \
 REASON(AUDIENCE_UNCONFIGURED,   "JWT0502", ERROR, 500, "",                   "no audience is configured", \
        "Write AuthJWTAudience into this section.") \
 REASON(INTERNAL,                "JWT0503", ERROR, 500, "",                   "internal error", \
        "Read the lines before this one. If a regular expression gave up, avoid nested repetition such as (a+)+.") \
 REASON(FETCH_FAILED,            "JWT0601", WARN,  503, "",                   "document could not be fetched", \
        "Run curl -v with the URL on this machine. Check the firewall, AuthJWTFetchProxy and AuthJWTFetchCA.") \
 REASON(FETCH_STATUS,            "JWT0602", WARN,  503, "",                   "response is not a document with status 200", \
        "Write the final URL, to which a redirect leads.") \
 REASON(FETCH_TOO_LARGE,         "JWT0603", WARN,  503, "",                   "document is too large", \
        "Write the URL of a discovery document or key set of at most 512 KiB.") \
 REASON(METADATA_INVALID,        "JWT0604", WARN,  503, "",                   "discovery document is not usable", \
        "Write the URL of the discovery document: curl must get a JSON object from it.") \
 REASON(METADATA_ISSUER,         "JWT0605", WARN,  503, "",                   "discovery document names another issuer", \
        "If the issuer of the document is the right one, copy it into AuthJWTIssuer.") \
 REASON(METADATA_JWKS_URI,       "JWT0606", WARN,  503, "",                   "discovery document has no acceptable jwks_uri", \
        "Write the URL of the key set with jwks=.") \
 REASON(KEYSET_INVALID,          "JWT0607", WARN,  503, "",                   "not a key set", \
        "Write the URL of a JWK Set with jwks=, or a file with a JWK Set or PEM with keys=.") \
 REASON(KEYSET_UNUSABLE,         "JWT0608", WARN,  503, "",                   "key set has no usable key", \
        "The issuer must publish a usable key. The JWT07.. lines say what is wrong with each one.") \
 REASON(FILE_UNREADABLE,         "JWT0609", WARN,  503, "",                   "file could not be read", \
        "Allow httpd's User to read the file.") \
 REASON(STATE_UNWRITABLE,        "JWT0610", WARN,  503, "",                   "key set could not be saved", \
        "Check the free space, and the owner and mode of AuthJWTStateDir.") \
 REASON(STATE_UNUSABLE,          "JWT0611", WARN,  503, "",                   "saved key set is not usable", \
        "Nothing, if the issuer can be reached: the next fetch replaces the file. Otherwise check the file that the line names.") \
 REASON(KEYSET_AMBIGUOUS,        "JWT0612", WARN,  503, "",                   "more than four keys cannot be told apart", \
        "Give each key its own kid and name it in the tokens, or remove the keys that are not needed.") \
 REASON(KEYSET_REPAIRED,         "JWT0613", INFO,  503, "",                   "key set has an integer that is too large", \
        "Nothing: the keys are used.") \
 REASON(KEY_MALFORMED,           "JWT0701", WARN,  503, "",                   "key is malformed", \
        "The issuer must fix the key.") \
 REASON(KEY_TYPE_UNKNOWN,        "JWT0702", DEBUG, 503, "",                   "key type or curve is not supported", \
        "Nothing: the other keys are used.") \
 REASON(KEY_SIZE,                "JWT0703", WARN,  503, "",                   "key is too short or too long", \
        "The issuer must use an RSA key of 2048 to 8192 bits, or a secret at least as long as the hash.") \
 REASON(KEY_PURPOSE,             "JWT0704", DEBUG, 503, "",                   "key is not for verifying signatures", \
        "Nothing: the other keys are used.") \
 REASON(KEY_SYMMETRIC,           "JWT0705", WARN,  503, "",                   "secret key in a fetched key set", \
        "The issuer must replace this secret, and not publish the new one.") \
 REASON(KEY_PRIVATE,             "JWT0706", WARN,  503, "",                   "private key instead of a public key", \
        "Put only the public key there. Replace the key pair if others could read the private key.") \
 REASON(KEY_REPAIRED,            "JWT0707", INFO,  503, "",                   "key does not follow the RFCs but is used", \
        "Nothing: the key is used. The issuer should write it as RFC 7517 says.")
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
