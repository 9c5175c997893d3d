/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version of mod_auth_jwt, a semantic version (https://semver.org/).
 *
 * Other places that contain the version, such as the packages, are checked
 * against this line.
 */
#ifndef AJWT_CORE_VERSION_H
#define AJWT_CORE_VERSION_H

#define AJWT_VERSION "0.9.0"

#endif
