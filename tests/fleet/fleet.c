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
    {"outage-rotation", LONG_AGO, 6 * HOUR_S, 6 * HOUR_S + 60, 6 * HOUR_S,
     7 * HOUR_S, 0},
    {"outage-start", 6 * HOUR_S, 6 * HOUR_S + 1, 0, 0, 6 * HOUR_S, 7 * HOUR_S,
     0},
};

static const ajwt_refresh_schedule schedule = {HOUR_S, DAY_S, 30, 5};

typedef struct fleet_host {
    ajwt_refresh_state refresh;
    apr_time_t now;
    apr_time_t misses_from; /* requests lack a key from here on; 0: they do
                               not */
} fleet_host;

typedef struct fleet_run {
    const fleet_scenario *scenario;
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

static int lacks_key(const fleet_host *host)
{
    return host->misses_from || !host->refresh.fetched_at;
}

static apr_time_t later_time(apr_time_t a, apr_time_t b)
{
    return a > b ? a : b;
}

/* A request that lacks a key triggers a fetch as soon as it may. */
static void sleep_until_due(fleet_host *host)
{
    const apr_time_t next_at =
        ajwt_refresh_schedule_next_at(&host->refresh, &schedule, host->now);
    const apr_time_t request_at = later_time(
        host->misses_from,
        ajwt_refresh_schedule_cool_at(&host->refresh, &schedule, host->now));

    if (lacks_key(host) && request_at < next_at) {
        host->now = later_time(host->now, request_at);
        (void)ajwt_refresh_schedule_request(&host->refresh, &schedule,
                                            host->now);
    }
    else {
        host->now = later_time(host->now, next_at);
    }
}

static void fail(fleet_host *host, fleet_run *fleet)
{
    const fleet_scenario *scenario = fleet->scenario;
    const apr_time_t left = at(scenario->outage_to) - host->now;

    (void)ajwt_refresh_schedule_fail(
        &host->refresh, &schedule,
        scenario->has_retry_after ? (int)apr_time_sec(left) + 1 : 0,
        draw(fleet), host->now);
}

static void succeed(fleet_host *host, fleet_run *fleet)
{
    ajwt_refresh_schedule_succeed(&host->refresh, &schedule, -1,
                                  2 * draw(fleet) - 1, host->now);
    if (host->misses_from <= host->now)
        host->misses_from = 0;
}

static void fetch(fleet_host *host, fleet_run *fleet)
{
    if (!ajwt_refresh_schedule_is_due(&host->refresh, &schedule, host->now))
        abort(); /* a simulated host is never early */
    count_fetch(fleet, host->now);
    ajwt_refresh_schedule_begin(&host->refresh, &schedule, host->now);
    host->now += ANSWER_TIME;
    if (has_outage(fleet->scenario, host->now))
        fail(host, fleet);
    else
        succeed(host, fleet);
}

static void run_host(fleet_run *fleet)
{
    const fleet_scenario *scenario = fleet->scenario;
    fleet_host host = {0};

    host.now = draw_time(fleet, scenario->start_from, scenario->start_to);
    if (scenario->rotation_to)
        host.misses_from =
            draw_time(fleet, scenario->rotation_from, scenario->rotation_to);
    while (host.now < at(DAY_S)) {
        fetch(&host, fleet);
        sleep_until_due(&host);
    }
}

/* Hosts do not know each other, so they run one after the other. */
static void run_all(const fleet_scenario *scenario, unsigned long hosts,
                    uint64_t seed)
{
    static fleet_run fleet;
    int second;

    fleet.scenario = scenario;
    fleet.random = seed;
    while (hosts-- > 0)
        run_host(&fleet);
    for (second = 0; second < DAY_S; second++)
        printf("%u\n", fleet.per_second[second]);
}

int main(int argc, char **argv)
{
    size_t i;

    for (i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (argc == 1)
            puts(scenarios[i].name);
        else if (argc == 4 && !strcmp(argv[1], scenarios[i].name)) {
            run_all(&scenarios[i], strtoul(argv[2], NULL, 10),
                    strtoull(argv[3], NULL, 10));
            return EXIT_SUCCESS;
        }
    }
    return argc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
