/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mod_auth_jwt is this?  https://semver.org/: patch, minor and major say
 * what an upgrade asks of whoever runs it.  What else names the version, such
 * as the packages, is compared with this line.
 */
#ifndef AJWT_CORE_VERSION_H
#define AJWT_CORE_VERSION_H

#define AJWT_VERSION "0.9.0"

#endif
