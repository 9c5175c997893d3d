/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/statedir.h"

#include <apr_escape.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "core/json.h"
#include "net/file.h"

#define SHA256_BYTES 32

/* Permissions that let other users than the owner change keys */
#define FOREIGN_WRITE (APR_FPROT_GWRITE | APR_FPROT_WWRITE)

/* In a JSON string, every byte of a set may need a backslash. */
#define MAX_FILE_BYTES (2 * AJWT_MAX_DOCUMENT_BYTES + 16 * 1024)

static const char *status_text(apr_status_t status, apr_pool_t *pool)
{
    char words[128];

    return apr_pstrdup(pool, apr_strerror(status, words, sizeof words));
}

/*
 * Checks the entry itself: a symbolic link is neither a file nor a directory.
 */
static const char *check_entry(const char *path, apr_filetype_e type,
                               apr_uid_t owner, apr_pool_t *pool)
{
    apr_finfo_t info;
    apr_status_t status = apr_stat(&info, path,
                                   APR_FINFO_TYPE | APR_FINFO_OWNER |
                                       APR_FINFO_PROT | APR_FINFO_LINK,
                                   pool);

    if (status != APR_SUCCESS)
        return status_text(status, pool);
    if (info.filetype != type)
        return type == APR_DIR ? "it is not a directory"
                               : "it is not a regular file";
    if (info.user != owner)
        return apr_psprintf(
            pool, "its owner is not the user that httpd's children run as, %lu",
            (unsigned long)owner);
    return (info.protection & FOREIGN_WRITE)
               ? "other users can write it, and so choose keys"
               : NULL;
}

const char *ajwt_statedir_check(const char *folder, apr_uid_t owner,
                                apr_pool_t *pool)
{
    return check_entry(folder, APR_DIR, owner, pool);
}

/* The name is the digest of the source's name. */
static const char *make_path(const char *folder, const ajwt_source *source,
                             const char *ending, apr_pool_t *pool)
{
    unsigned char digest[SHA256_BYTES];

    if (!EVP_Digest(source->name, strlen(source->name), digest, NULL,
                    EVP_sha256(), NULL))
        return NULL;
    return apr_pstrcat(pool, folder, "/",
                       apr_pescape_hex(pool, digest, sizeof digest, 0), ending,
                       NULL);
}

static apr_status_t write_file(const char *path, const char *text,
                               apr_pool_t *pool)
{
    apr_file_t *file;
    apr_status_t status;

    (void)apr_file_remove(path, pool); /* left by a process that was killed */
    status = apr_file_open(&file, path,
                           APR_FOPEN_CREATE | APR_FOPEN_EXCL | APR_FOPEN_WRITE |
                               APR_FOPEN_BINARY,
                           APR_FPROT_UREAD | APR_FPROT_UWRITE, pool);
    if (status != APR_SUCCESS)
        return status;
    status = apr_file_write_full(file, text, strlen(text), NULL);
    if (status == APR_SUCCESS)
        status = apr_file_sync(file);
    apr_file_close(file);
    return status;
}

static const char *print_saved(const ajwt_saved *saved,
                               const ajwt_source *source, apr_pool_t *pool)
{
    json_t *object =
        json_pack("{s:s, s:I, s:s, s:s, s:s%}", "source", source->name,
                  "fetched_at", (json_int_t)apr_time_sec(saved->fetched_at),
                  "url", saved->validator.url, "etag", saved->validator.etag,
                  "key_set", saved->text.data, saved->text.len);
    const char *text = object ? ajwt_json_print(object, pool) : NULL;

    json_decref(object);
    return text;
}

ajwt_reason ajwt_statedir_write(const ajwt_saved *saved, const char **detail,
                                const char *folder, const ajwt_source *source,
                                apr_pool_t *pool)
{
    const char *path = make_path(folder, source, ".json", pool);
    const char *draft = make_path(folder, source, ".draft", pool);
    const char *text = print_saved(saved, source, pool);
    apr_status_t status = APR_ENOMEM;

    if (path && draft && text)
        status = write_file(draft, text, pool);
    if (status == APR_SUCCESS)
        status = apr_file_rename(draft, path, pool);
    if (status == APR_SUCCESS)
        return AJWT_ACCEPTED;
    *detail = apr_pstrcat(pool, path ? path : folder, ": ",
                          status_text(status, pool), NULL);
    return AJWT_STATE_UNWRITABLE;
}

static int has_texts(const json_t *object)
{
    return ajwt_json_is_text(json_object_get(object, "source")) &&
           ajwt_json_is_text(json_object_get(object, "url")) &&
           ajwt_json_is_text(json_object_get(object, "etag")) &&
           ajwt_json_is_text(json_object_get(object, "key_set"));
}

static void copy_text(char *target, apr_size_t size, const json_t *object,
                      const char *name)
{
    apr_cpystrn(target, json_string_value(json_object_get(object, name)), size);
}

/* NULL, or what is wrong with the content */
static const char *parse_saved(ajwt_saved *saved, const ajwt_source *source,
                               ajwt_bytes bytes, apr_pool_t *pool)
{
    const json_t *object, *fetched_at;
    ajwt_reason reason =
        ajwt_json_parse(&object, bytes, AJWT_STATE_UNUSABLE, pool);

    if (reason != AJWT_ACCEPTED)
        return "it is damaged";
    fetched_at = json_object_get(object, "fetched_at");
    if (!has_texts(object) || json_integer_value(fetched_at) <= 0)
        return "a member is missing or has the wrong type";
    if (!ajwt_bytes_equal_string(ajwt_json_member(object, "source"),
                                 source->name))
        return "it belongs to another key source";
    saved->fetched_at = apr_time_from_sec(json_integer_value(fetched_at));
    copy_text(saved->validator.url, sizeof saved->validator.url, object, "url");
    copy_text(saved->validator.etag, sizeof saved->validator.etag, object,
              "etag");
    saved->text = ajwt_json_member(object, "key_set");
    return NULL;
}

static const char *read_saved(ajwt_saved *saved, const char *path,
                              const ajwt_source *source, apr_pool_t *pool)
{
    const char *error;
    apr_uid_t owner;
    apr_gid_t group;
    ajwt_bytes bytes;
    apr_status_t status = apr_uid_current(&owner, &group, pool);

    if (status != APR_SUCCESS)
        return status_text(status, pool);
    error = check_entry(path, APR_REG, owner, pool);
    if (!error && ajwt_file_read(&bytes, &error, path, MAX_FILE_BYTES, pool) ==
                      APR_SUCCESS)
        error = parse_saved(saved, source, bytes, pool);
    return error;
}

ajwt_reason ajwt_statedir_read(ajwt_saved *saved, const char **detail,
                               const char *folder, const ajwt_source *source,
                               apr_pool_t *pool)
{
    const char *path = make_path(folder, source, ".json", pool);
    const char *error = "the name of its file cannot be computed";
    apr_finfo_t info;

    memset(saved, 0, sizeof *saved);
    if (path && APR_STATUS_IS_ENOENT(apr_stat(
                    &info, path, APR_FINFO_TYPE | APR_FINFO_LINK, pool)))
        return AJWT_ACCEPTED;
    if (path)
        error = read_saved(saved, path, source, pool);
    if (!error)
        return AJWT_ACCEPTED;
    memset(saved, 0, sizeof *saved);
    *detail = apr_pstrcat(pool, path ? path : folder, ": ", error, NULL);
    return AJWT_STATE_UNUSABLE;
}
