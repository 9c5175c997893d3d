/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set-associative cache of MACs, in memory that threads and processes may
 * share, without a lock.
 *
 * A MAC can be in one of a few places. An entry consists of two unpredictable
 * words. Reading during a write, or concurrent writes, can at worst yield a MAC
 * that belongs to no input.
 *
 * A new entry replaces an expired or empty place, then one that was not found
 * recently, and only if there is none an arbitrary one. So a flood of new
 * entries mostly replaces entries of the same flood.
 */
#ifndef AJWT_CACHE_SET_CACHE_H
#define AJWT_CACHE_SET_CACHE_H

#include <stdatomic.h>

#include <apr_time.h>

#include "cache/mac_key.h"

typedef struct ajwt_set_cache_entry {
    _Atomic apr_uint64_t word[2]; /* 0, 0: empty */
    _Atomic apr_uint32_t until_s; /* expiry in seconds since 1970 */
    _Atomic apr_uint32_t used_s;  /* when it was last found; 0: never */
} ajwt_set_cache_entry;

/* View of one process; the places may be shared. */
typedef struct ajwt_set_cache {
    int count;
    ajwt_set_cache_entry *places;
} ajwt_set_cache;

/**
 * The number of places in a cache for so many entries: twice as many, so that
 * most entries find a place.
 */
int ajwt_set_cache_count(int entries);

/** places: ajwt_set_cache_count of them, zeroed when they are allocated. */
void ajwt_set_cache_open(ajwt_set_cache *cache, ajwt_set_cache_entry *places,
                         int entries);

/** Returns the index of the place of mac, or -1; records that it is in use. */
int ajwt_set_cache_find(const ajwt_set_cache *cache, const ajwt_mac *mac,
                        apr_time_t now);

/** Returns the index of the place that mac has, or should be stored in. */
int ajwt_set_cache_choose(const ajwt_set_cache *cache, const ajwt_mac *mac,
                          apr_time_t now);

/** Whether the entry in a place has expired. An empty place has not. */
int ajwt_set_cache_has_expired(const ajwt_set_cache *cache, int index,
                               apr_time_t now);

/** Whether the entry in a place was not found recently. */
int ajwt_set_cache_is_idle(const ajwt_set_cache *cache, int index,
                           apr_time_t now);

/** Whether mac is in this place now. */
int ajwt_set_cache_is_at(const ajwt_set_cache *cache, int index,
                         const ajwt_mac *mac);

/** until_s: seconds since 1970. */
void ajwt_set_cache_put(const ajwt_set_cache *cache, int index,
                        const ajwt_mac *mac, apr_uint32_t until_s);

void ajwt_set_cache_clear(const ajwt_set_cache *cache, int index);

#endif
