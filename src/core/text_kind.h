/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detection of the format of an unusable file or response.
 *
 * It looks only at the text; the caller knows the expected format and the fix.
 */
#ifndef AJWT_CORE_TEXT_KIND_H
#define AJWT_CORE_TEXT_KIND_H

#include "core/bytes.h"

/* In the order in which they are tried */
typedef enum ajwt_text_kind {
    AJWT_TEXT_EMPTY, /* or blank */
    AJWT_TEXT_UTF16,
    AJWT_TEXT_BOM,
    AJWT_TEXT_GZIP,
    AJWT_TEXT_MARKUP,
    AJWT_TEXT_JSON,
    AJWT_TEXT_PEM,
    AJWT_TEXT_SSH,
    AJWT_TEXT_TOKEN,
    AJWT_TEXT_BASE64, /* of a key or certificate */
    AJWT_TEXT_DER_CERTIFICATE,
    AJWT_TEXT_DER_PUBLIC_KEY,
    AJWT_TEXT_DER_PRIVATE_KEY,
    AJWT_TEXT_PKCS12,
    AJWT_TEXT_PKCS7,
    AJWT_TEXT_DER,
    AJWT_TEXT_OTHER
} ajwt_text_kind;

ajwt_text_kind ajwt_text_kind_of(ajwt_bytes text);

/** Returns a sentence: "it is a certificate in DER". */
const char *ajwt_text_kind_name(ajwt_text_kind kind);

/* Helpers for the detection */
int ajwt_text_begins(ajwt_bytes text, const char *word);
int ajwt_text_holds(ajwt_bytes text, const char *word);
ajwt_bytes ajwt_text_trim(ajwt_bytes text);

#endif
