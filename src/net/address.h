/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refuses link-local addresses and cloud metadata services in fetched
 * documents.
 *
 * A request to such an address can read secrets of the machine.  The
 * administrator may still name one.
 */
#ifndef AJWT_NET_ADDRESS_H
#define AJWT_NET_ADDRESS_H

#include <sys/socket.h>

/**
 * Whether an address is one of these, or an IPv6 form of one: mapped,
 * translated (NAT64), or tunnelled (6to4, Teredo, ISATAP).
 */
int ajwt_address_is_forbidden(const struct sockaddr *address);

/** The same for the host of a URL; 0 for a name. */
int ajwt_address_is_forbidden_host(const char *host);

/* Continues the log text "its address is" */
#define AJWT_ADDRESS_FORBIDDEN "link-local or that of a cloud metadata service"

#endif
