"""A private httpd, a local issuer, and what the tests ask of them."""
