/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of the verification of a token, one name for each.
 *
 * core/verify and core/claims have one row for each step; `ajwt explain` shows
 * it (cli/trace). A switch over the steps has no default, so the compiler names
 * the places that a new step needs.
 */
#ifndef AJWT_CORE_STEP_H
#define AJWT_CORE_STEP_H

typedef enum ajwt_step {
    /* core/verify */
    AJWT_STEP_ALGORITHM,
    AJWT_STEP_TYPE,
    AJWT_STEP_KEY,
    AJWT_STEP_SIGNATURE,
    /* core/claims */
    AJWT_STEP_ISSUER,
    AJWT_STEP_AUDIENCE,
    AJWT_STEP_TIMES,
    AJWT_STEP_REQUIRED,
    AJWT_STEP_CNF
} ajwt_step;

#endif
