/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of a bounded number of fingerprints are remembered, and where?
 *
 * A set-associative cache in memory that threads and processes may share,
 * without a lock: a fingerprint has a few places to be in.  What is stored
 * there is two words that nobody can predict.  So what a reader sees while a
 * writer writes, or two write at once, is at worst the fingerprint of nothing.
 *
 * What is in use stays: only a place that was not asked for lately is given to
 * another, and which one is left to chance.  So a flood of new fingerprints
 * drives out its own.
 */
#ifndef AJWT_CACHE_SET_CACHE_H
#define AJWT_CACHE_SET_CACHE_H

#include <stdatomic.h>

#include <apr_time.h>

#include "cache/mac_key.h"

typedef struct ajwt_set_cache_entry {
    _Atomic apr_uint64_t word[2]; /* 0, 0: empty */
    _Atomic apr_uint32_t until_s; /* worth nothing from then on */
    _Atomic apr_uint32_t used_s;  /* when it was found last; 0: never */
} ajwt_set_cache_entry;

/* A process's view; the places may be shared. */
typedef struct ajwt_set_cache {
    int count;
    ajwt_set_cache_entry *places;
} ajwt_set_cache;

/**
 * How many places a cache for so many entries has: twice as many, so that they
 * all find one.
 */
int ajwt_set_cache_count(int entries);

/** places: ajwt_set_cache_count of them, zeroed by whoever was first. */
void ajwt_set_cache_open(ajwt_set_cache *cache, ajwt_set_cache_entry *places,
                         int entries);

/** The index of its place, or -1; notes that it is in use. */
int ajwt_set_cache_find(const ajwt_set_cache *cache, const ajwt_mac *mac,
                        apr_time_t now);

/** The index of the place that it has, or should be given. */
int ajwt_set_cache_choose(const ajwt_set_cache *cache, const ajwt_mac *mac,
                          apr_time_t now);

/** Whether what is in a place has ended.  An empty place has not. */
int ajwt_set_cache_has_expired(const ajwt_set_cache *cache, int index,
                               apr_time_t now);

/** Whether what is in a place was not asked for lately. */
int ajwt_set_cache_is_idle(const ajwt_set_cache *cache, int index,
                           apr_time_t now);

/** Whether it is in that very place now. */
int ajwt_set_cache_is_at(const ajwt_set_cache *cache, int index,
                         const ajwt_mac *mac);

/** until_s: seconds since 1970. */
void ajwt_set_cache_put(const ajwt_set_cache *cache, int index,
                        const ajwt_mac *mac, apr_uint32_t until_s);

void ajwt_set_cache_clear(const ajwt_set_cache *cache, int index);

#endif
