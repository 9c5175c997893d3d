/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simulates many hosts that fetch the key set of one issuer:
 *
 *   fleet SCENARIO HOSTS SEED
 *
 * Each host runs keys/refresh_schedule with the default settings, on a
 * simulated clock, without a network. Prints the fetches that begin in each
 * second of a day, one number a line. Without arguments: the scenarios.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/refresh_schedule.h"

#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)
/* Any time but 0, which means "never" in the schedule */
#define ORIGIN      apr_time_from_sec(1000000000)

#define ANSWER_TIME apr_time_from_msec(100)

/* Seconds from the begin of the day */
typedef struct fleet_scenario {
    const char *name;
    int start_from, start_to;       /* when hosts start, spread evenly */
    int rotation_from, rotation_to; /* when hosts first see an unknown kid */
    int outage_from, outage_to;
    int has_retry_after; /* answers of the outage name its end */
} fleet_scenario;

/*
 * A fleet that has run for long: hosts that started evenly within the mean
 * interval of a refresh stay spread.
 */
#define LONG_AGO -3 * HOUR_S, -3 * HOUR_S + 3240

static const fleet_scenario scenarios[] = {
    {"day", LONG_AGO, 0, 0, 0, 0, 0},
    {"start", 0, 60, 0, 0, 0, 0, 0},
    {"rotation", LONG_AGO, 6 * HOUR_S, 6 * HOUR_S + 60, 0, 0, 0},
    {"outage", LONG_AGO, 0, 0, 6 * HOUR_S, 7 * HOUR_S, 0},
    {"outage-retry-after", LONG_AGO, 0, 0, 6 * HOUR_S, 7 * HOUR_S, 1},
    /* shorter, because each host tries all the time */
    {"outage-rotation", LONG_AGO, 6 * HOUR_S, 6 * HOUR_S + 60, 6 * HOUR_S,
     6 * HOUR_S + 600, 0},
    {"outage-start", 6 * HOUR_S, 6 * HOUR_S + 1, 0, 0, 6 * HOUR_S,
     6 * HOUR_S + 600, 0},
};

static const ajwt_refresh_schedule schedule = {HOUR_S, DAY_S, 30, 5};

typedef struct fleet_host {
    ajwt_refresh_state refresh;
    apr_time_t event_at;    /* the next time at which something happens */
    apr_time_t misses_from; /* requests lack a key from here on; 0: they do
                               not */
    int is_fetching;
} fleet_host;

/* A place in the heap: a copy of event_at, so that sorting reads no host */
typedef struct fleet_place {
    apr_time_t event_at;
    fleet_host *host;
} fleet_place;

typedef struct fleet_run {
    const fleet_scenario *scenario;
    fleet_host *hosts;
    fleet_place *heap; /* the earliest first */
    unsigned count;
    uint64_t random;
    unsigned per_second[DAY_S];
} fleet_run;

static apr_time_t at(int second)
{
    return ORIGIN + apr_time_from_sec(second);
}

/* SplitMix64; returns 0 to 1 */
static double draw(fleet_run *fleet)
{
    uint64_t bits = fleet->random += 0x9e3779b97f4a7c15u;

    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return (double)((bits ^ (bits >> 31)) >> 11) / 9007199254740992.0;
}

static apr_time_t draw_time(fleet_run *fleet, int from, int to)
{
    return at(from) +
           (apr_time_t)(draw(fleet) * (to - from) * APR_USEC_PER_SEC);
}

/* --- The events of one host */

static int has_outage(const fleet_scenario *scenario, apr_time_t now)
{
    return now >= at(scenario->outage_from) && now < at(scenario->outage_to);
}

static void count_fetch(fleet_run *fleet, apr_time_t now)
{
    const apr_int64_t second = (now - ORIGIN) / APR_USEC_PER_SEC;

    if (now >= ORIGIN && second < DAY_S)
        fleet->per_second[second]++;
}

/* A request that lacks a key asks as soon as it may. */
static int lacks_key(const fleet_host *host)
{
    return host->misses_from || !host->refresh.fetched_at;
}

static void plan_next(fleet_host *host, apr_time_t now)
{
    apr_time_t ask_at;

    host->event_at =
        ajwt_refresh_schedule_next_at(&host->refresh, &schedule, now);
    if (!lacks_key(host))
        return;
    ask_at = ajwt_refresh_schedule_cool_at(&host->refresh, &schedule, now);
    if (ask_at < host->misses_from)
        ask_at = host->misses_from;
    if (ask_at < host->event_at)
        host->event_at = ask_at;
}

static void begin_fetch(fleet_host *host, fleet_run *fleet, apr_time_t now)
{
    if (lacks_key(host) && now >= host->misses_from)
        (void)ajwt_refresh_schedule_request(&host->refresh, &schedule, now);
    if (!ajwt_refresh_schedule_is_due(&host->refresh, &schedule, now)) {
        plan_next(host, now);
        return;
    }
    count_fetch(fleet, now);
    ajwt_refresh_schedule_begin(&host->refresh, &schedule, now);
    host->is_fetching = 1;
    host->event_at = now + ANSWER_TIME;
}

static void end_fetch(fleet_host *host, fleet_run *fleet, apr_time_t now)
{
    const fleet_scenario *scenario = fleet->scenario;
    const double jitter = draw(fleet);

    host->is_fetching = 0;
    if (has_outage(scenario, now))
        (void)ajwt_refresh_schedule_fail(
            &host->refresh, &schedule,
            scenario->has_retry_after
                ? (int)apr_time_sec(at(scenario->outage_to) - now) + 1
                : 0,
            jitter, now);
    else {
        ajwt_refresh_schedule_succeed(&host->refresh, &schedule, -1,
                                      2 * jitter - 1, now);
        if (host->misses_from <= now)
            host->misses_from = 0;
    }
    plan_next(host, now);
}

/* --- All hosts */

static void sift_down(fleet_run *fleet, unsigned i)
{
    const fleet_place moved = fleet->heap[i];
    const fleet_place *heap = fleet->heap;
    unsigned child;

    while ((child = 2 * i + 1) < fleet->count) {
        if (child + 1 < fleet->count &&
            heap[child + 1].event_at < heap[child].event_at)
            child++;
        if (moved.event_at <= heap[child].event_at)
            break;
        fleet->heap[i] = heap[child];
        i = child;
    }
    fleet->heap[i] = moved;
}

static void start_hosts(fleet_run *fleet)
{
    const fleet_scenario *scenario = fleet->scenario;
    unsigned i;

    for (i = 0; i < fleet->count; i++) {
        fleet_host *host = &fleet->hosts[i];

        host->event_at =
            draw_time(fleet, scenario->start_from, scenario->start_to);
        if (scenario->rotation_to)
            host->misses_from = draw_time(fleet, scenario->rotation_from,
                                          scenario->rotation_to);
        fleet->heap[i].host = host;
        fleet->heap[i].event_at = host->event_at;
    }
    for (i = fleet->count / 2; i-- > 0;)
        sift_down(fleet, i);
}

static void run(fleet_run *fleet)
{
    start_hosts(fleet);
    while (fleet->heap->event_at < at(DAY_S)) {
        fleet_host *host = fleet->heap->host;

        if (host->is_fetching)
            end_fetch(host, fleet, host->event_at);
        else
            begin_fetch(host, fleet, host->event_at);
        fleet->heap->event_at = host->event_at;
        sift_down(fleet, 0);
    }
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory)
        return memory;
    fputs("fleet: out of memory\n", stderr);
    exit(EXIT_FAILURE);
}

static void simulate(const fleet_scenario *scenario, unsigned count,
                     uint64_t seed)
{
    fleet_run *fleet = allocate(1, sizeof *fleet);
    int second;

    fleet->scenario = scenario;
    fleet->count = count;
    fleet->random = seed;
    fleet->hosts = allocate(count, sizeof *fleet->hosts);
    fleet->heap = allocate(count, sizeof *fleet->heap);
    run(fleet);
    for (second = 0; second < DAY_S; second++)
        printf("%u\n", fleet->per_second[second]);
    free(fleet->heap);
    free(fleet->hosts);
    free(fleet);
}

int main(int argc, char **argv)
{
    size_t i;

    for (i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (argc == 1)
            puts(scenarios[i].name);
        else if (argc == 4 && !strcmp(argv[1], scenarios[i].name)) {
            simulate(&scenarios[i], (unsigned)strtoul(argv[2], NULL, 10),
                     strtoull(argv[3], NULL, 10));
            return EXIT_SUCCESS;
        }
    }
    return argc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
