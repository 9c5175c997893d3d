#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A legacy CGI: what it knows of its user is in its environment.
echo "Content-Type: text/plain"
echo
env | grep -E '^(AUTH_TYPE|REMOTE_USER|JWT_CLAIM_[A-Za-z0-9_]*)=' | sort
