# SPDX-License-Identifier: Apache-2.0
"""A private httpd, a local issuer, and what the tests ask of them."""
