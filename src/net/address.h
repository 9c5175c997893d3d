/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check for link-local addresses and addresses of cloud metadata services.
 *
 * Fetched documents must not refer to them: a request to such an address can
 * read secrets of the machine. The administrator may configure one.
 */
#ifndef AJWT_NET_ADDRESS_H
#define AJWT_NET_ADDRESS_H

#include <sys/socket.h>

/**
 * Whether an address is forbidden, or an IPv6 address that contains a forbidden
 * one: mapped, translated (NAT64), or tunnelled (6to4, Teredo, ISATAP).
 */
int ajwt_address_is_forbidden(const struct sockaddr *address);

/** The same for the host of a URL; returns 0 for a host name. */
int ajwt_address_is_forbidden_host(const char *host);

/* Continues the log text "its address is" */
#define AJWT_ADDRESS_FORBIDDEN "link-local or that of a cloud metadata service"

#endif
