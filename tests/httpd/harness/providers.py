# SPDX-License-Identifier: Apache-2.0
"""What real issuers publish, and what their tokens look like.

One row an example of conf-examples: what stands for its CAPITALS, the documents
that httpd will ask for, and a token as that issuer makes them.  Keys are made
at run time; names, types and shapes of claims are those of the issuers' own
documentation.
"""
import dataclasses
import time
import uuid

from .tokens import Signer

OIDC = "/.well-known/openid-configuration"

TENANT, OTHER_TENANT, STRANGER = (str(uuid.uuid4()) for _ in range(3))
CLIENT = str(uuid.uuid4())
USER = str(uuid.uuid4())
SUB = "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"


@dataclasses.dataclass
class Provider:
    issuer: str                 # iss
    audience: object            # aud; None: it stands elsewhere
    values: dict                # CAPITALS -> what stands in their place
    keys_url: str = None        # where the key set is; None: in a file
    metadata_url: str = None    # the discovery document
    metadata: dict = None       # its members besides issuer and jwks_uri
    alg: str = "RS256"
    header: dict = dataclasses.field(default_factory=dict)
    claims: dict = dataclasses.field(default_factory=dict)
    jwk: dict = dataclasses.field(default_factory=dict)
    more_keys: list = dataclasses.field(default_factory=list)
    more_documents: dict = dataclasses.field(default_factory=dict)
    place: str = "/cgi-bin"
    sent_in: str = None         # a header instead of Authorization
    user: str = None            # REMOTE_USER
    env: dict = dataclasses.field(default_factory=dict)
    wrong_audience: dict = dataclasses.field(
        default_factory=lambda: {"aud": "another"})
    wrong_tenant: tuple = None  # claims, and the reason that they get
    keys_path: str = None       # a file instead of a URL
    denied: list = dataclasses.field(default_factory=list)  # claims -> 403
    signer: Signer = None

    def __post_init__(self):
        self.signer = Signer(self.alg, issuer=self.issuer,
                             audience=self.audience)

    def fill_in(self, text):
        """The example as somebody would use it."""
        for place in sorted(self.values, key=len, reverse=True):
            assert place in text, place
            text = text.replace(place, self.values[place])
        return text

    def public(self, signer):
        """Its key as the issuer would publish it; None takes a member out."""
        jwk = {**signer.public, "use": "sig", "alg": self.alg, **self.jwk}
        return {name: value for name, value in jwk.items()
                if value is not None}

    def key_set(self):
        return {"keys": self.more_keys + [self.public(self.signer)]}

    def documents(self):
        found = dict(self.more_documents)
        if self.keys_url:
            found[self.keys_url] = self.key_set()
        if self.metadata_url:
            found[self.metadata_url] = {
                "issuer": self.issuer, "jwks_uri": self.keys_url,
                **(self.metadata or {})}
        return found

    def mint(self, signer=None, **changes):
        header = {"typ": "JWT", **self.header}
        return (signer or self.signer).mint(
            header=header, **{**self.claims, **changes})

    def imitation(self):
        """A key that calls itself as this issuer's does."""
        return Signer(self.alg, kid=self.signer.kid, issuer=self.issuer,
                      audience=self.audience)


def now(offset=0):
    return int(time.time()) + offset


MICROSOFT = "https://login.microsoftonline.com"

ENTRA_CLAIMS = {
    "aio": "ASQA2/8DAAAAn", "azp": str(uuid.uuid4()), "azpacr": "1",
    "name": "Alice Example", "oid": USER, "nbf": now(-5),
    "preferred_username": "alice@contoso.example", "rh": "0.AXkA", "sub": SUB,
    "scp": "orders.read orders.write", "roles": ["Orders.Approver"],
    "uti": "bayQ", "ver": "2.0"}


def entra(tenant, **more):
    return Provider(**{
        "issuer": f"{MICROSOFT}/{tenant}/v2.0", "audience": CLIENT,
        "claims": {**ENTRA_CLAIMS, "tid": tenant},
        # no alg there, and the issuer that the key belongs to
        "jwk": {"alg": None, "issuer": f"{MICROSOFT}/{{tenantid}}/v2.0"},
        **more})


PROVIDERS = {
    "entra-id": entra(
        TENANT, values={"TENANT-ID": TENANT, "CLIENT-ID": CLIENT},
        metadata_url=f"{MICROSOFT}/{TENANT}/v2.0{OIDC}",
        keys_url=f"{MICROSOFT}/{TENANT}/discovery/v2.0/keys",
        user=SUB, env={"tid": TENANT, "scp": "orders.read orders.write",
                       "roles": "Orders.Approver"},
        wrong_tenant=({"iss": f"{MICROSOFT}/{STRANGER}/v2.0",
                       "tid": STRANGER}, "ISSUER_UNKNOWN")),
    "entra-id-many-tenants": entra(
        OTHER_TENANT, values={"TENANT-A": TENANT, "TENANT-B": OTHER_TENANT,
                              "CLIENT-ID": CLIENT},
        metadata_url=f"{MICROSOFT}/common/v2.0{OIDC}",
        metadata={"issuer": f"{MICROSOFT}/{{tenantid}}/v2.0"},
        keys_url=f"{MICROSOFT}/common/discovery/v2.0/keys",
        user=f"{OTHER_TENANT}/{USER}", env={"oid": USER},
        wrong_tenant=({"iss": f"{MICROSOFT}/{STRANGER}/v2.0",
                       "tid": STRANGER}, "TENANT_REFUSED")),
    "entra-id-v1-and-v2": Provider(
        issuer=f"https://sts.windows.net/{TENANT}/",
        audience=f"api://{CLIENT}",
        values={"TENANT-ID": TENANT, "CLIENT-ID": CLIENT},
        metadata_url=f"{MICROSOFT}/{TENANT}{OIDC}",
        keys_url=f"{MICROSOFT}/common/discovery/keys",
        jwk={"alg": None},
        header={"x5t": "Mc7l3Iz93g7uwgNeEmmw_WYGPko"},
        claims={"appid": CLIENT, "appidacr": "1", "idp":
                f"https://sts.windows.net/{TENANT}/", "oid": USER,
                "nbf": now(-5), "sub": SUB, "tid": TENANT,
                "unique_name": "alice@contoso.example",
                "upn": "alice@contoso.example", "ver": "1.0"},
        user=USER, env={"upn": "alice@contoso.example"},
        wrong_tenant=({"iss": f"https://sts.windows.net/{STRANGER}/",
                       "tid": STRANGER}, "ISSUER_UNKNOWN")),
    "cognito": Provider(
        issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_aBc1",
        audience=None,
        values={"REGION": "eu-west-1", "POOL-ID": "eu-west-1_aBc1",
                "CLIENT-ID": "1example23456789"},
        metadata_url="https://cognito-idp.eu-west-1.amazonaws.com"
                     f"/eu-west-1_aBc1{OIDC}",
        keys_url="https://cognito-idp.eu-west-1.amazonaws.com"
                 "/eu-west-1_aBc1/.well-known/jwks.json",
        more_keys=[Signer("RS256").public],
        header={"typ": None},
        claims={"sub": USER, "cognito:groups": ["admins", "staff"],
                "client_id": "1example23456789", "origin_jti": USER,
                "token_use": "access", "scope": "aws.cognito.signin.user.admin",
                "auth_time": now(-10), "jti": str(uuid.uuid4()),
                "username": "alice", "version": 2},
        user="alice", env={"GROUPS": "admins,staff"},
        wrong_audience={"client_id": "another"},
        wrong_tenant=({"iss": "https://cognito-idp.eu-west-1.amazonaws.com"
                              "/eu-west-1_dEf2"}, "ISSUER_UNKNOWN"),
        denied=[{"token_use": "id"}]),
    "adfs": Provider(
        issuer="http://fs.example.com/adfs/services/trust",
        audience="microsoft:identityserver:orders-api",
        values={"FS-HOST": "fs.example.com", "IDENTIFIER": "orders-api"},
        metadata_url=f"https://fs.example.com/adfs{OIDC}",
        metadata={"issuer": "https://fs.example.com/adfs",
                  "access_token_issuer":
                      "http://fs.example.com/adfs/services/trust"},
        keys_url="https://fs.example.com/adfs/discovery/keys",
        header={"x5t": "Mc7l3Iz93g7uwgNeEmmw_WYGPko"},
        claims={"sub": None, "upn": "alice@corp.example", "apptype": "Public",
                "appid": str(uuid.uuid4()), "authmethod":
                    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
                "auth_time": "2026-01-02T03:04:05.678Z", "ver": "1.0",
                "scp": "user_impersonation"},
        user="alice@corp.example",
        wrong_tenant=({"iss": "http://fs.other.example/adfs/services/trust"},
                      "ISSUER_UNKNOWN"),
        denied=[{"scp": "openid"}]),
    "keycloak": Provider(
        issuer="https://sso.example.com/realms/shop",
        audience=["orders", "account"],
        values={"KC-HOST": "sso.example.com", "REALM": "shop",
                "CLIENT-ID": "orders"},
        metadata_url=f"https://sso.example.com/realms/shop{OIDC}",
        keys_url="https://sso.example.com/realms/shop/protocol"
                 "/openid-connect/certs",
        more_keys=[{**Signer("RS256").public, "use": "enc",
                    "alg": "RSA-OAEP"}],
        claims={"sub": USER, "typ": "Bearer", "azp": "frontend",
                "jti": str(uuid.uuid4()), "acr": "1",
                "preferred_username": "alice", "scope": "openid email",
                "realm_access": {"roles": ["approver", "offline_access"]},
                "resource_access": {"orders": {"roles": ["approver"]}},
                "email": "alice@example.com", "email_verified": True},
        user="alice", env={"ROLES": "approver,offline_access",
                           "email": "alice@example.com"},
        wrong_audience={"aud": "account"},
        wrong_tenant=({"iss": "https://sso.example.com/realms/other"},
                      "ISSUER_UNKNOWN")),
    "okta": Provider(
        issuer="https://dev-1.okta.com/oauth2/default",
        audience="api://default",
        values={"OKTA-DOMAIN": "dev-1.okta.com", "SERVER-ID": "default",
                "AUDIENCE": "api://default"},
        metadata_url=f"https://dev-1.okta.com/oauth2/default{OIDC}",
        keys_url="https://dev-1.okta.com/oauth2/default/v1/keys",
        header={"typ": None},
        claims={"ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39",
                "cid": "0oabv6kx4qq6h1U5l0h7", "uid": "00ujmkLgagxeRrAg20g3",
                "scp": ["orders.read", "openid"], "auth_time": now(-10),
                "sub": "alice@example.com"},
        user="00ujmkLgagxeRrAg20g3", env={"scp": "orders.read,openid"},
        wrong_tenant=({"iss": "https://dev-1.okta.com"}, "ISSUER_UNKNOWN"),
        denied=[{"scp": ["openid"]}]),
    "auth0": Provider(
        issuer="https://shop.eu.auth0.com/",
        audience=["https://api.example", "https://shop.eu.auth0.com/userinfo"],
        values={"AUTH0-DOMAIN": "shop.eu.auth0.com",
                "AUDIENCE": "https://api.example"},
        metadata_url=f"https://shop.eu.auth0.com{OIDC}",
        keys_url="https://shop.eu.auth0.com/.well-known/jwks.json",
        more_keys=[Signer("RS256").public],
        claims={"sub": "auth0|5f7c8ec7c33c6c004bbafe82", "azp": "my_client",
                "scope": "openid profile", "permissions":
                    ["read:orders", "write:orders"],
                "https://example.com/email": "alice@example.com",
                "https://example.com/roles": ["admin"]},
        user="auth0|5f7c8ec7c33c6c004bbafe82",
        env={"EMAIL": "alice@example.com", "scope": "openid profile"},
        wrong_audience={"aud": ["https://shop.eu.auth0.com/userinfo"]},
        wrong_tenant=({"iss": "https://shop.eu.auth0.com"}, "ISSUER_UNKNOWN"),
        denied=[{"permissions": ["write:orders"]}]),
    "glewlwyd": Provider(
        issuer="https://login.example.com/api/oidc",
        audience="https://api.example.com/orders",
        values={"ISSUER": "https://login.example.com/api/oidc",
                "AUDIENCE": "https://api.example.com/orders"},
        metadata_url=f"https://login.example.com/api/oidc{OIDC}",
        keys_url="https://login.example.com/api/oidc/jwks",
        header={"typ": "at+jwt"},
        claims={"sub": "4321zyxdcba", "client_id": "service",
                "jti": str(uuid.uuid4()), "type": "access_token",
                "nbf": now(-5), "scope": "orders g_profile"},
        user="4321zyxdcba", env={"client_id": "service",
                                 "scope": "orders g_profile"},
        wrong_audience={"aud": "orders g_profile"},
        wrong_tenant=({"iss": "https://login.example.com/api/other"},
                      "ISSUER_UNKNOWN"),
        denied=[{"scope": "g_profile"}]),
    "google": Provider(
        issuer="https://accounts.google.com",
        audience="1234.apps.googleusercontent.com",
        values={"CLIENT-ID": "1234.apps.googleusercontent.com",
                "DOMAIN": "example.com"},
        metadata_url=f"https://accounts.google.com{OIDC}",
        keys_url="https://www.googleapis.com/oauth2/v3/certs",
        more_keys=[Signer("RS256").public],
        claims={"azp": "1234.apps.googleusercontent.com",
                "sub": "110169484474386276334", "hd": "example.com",
                "email": "alice@example.com", "email_verified": True,
                "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q"},
        user="110169484474386276334", env={"email": "alice@example.com"},
        denied=[{"hd": "evil.example"}, {"hd": None},
                {"email_verified": False}]),
    "github-actions": Provider(
        issuer="https://token.actions.githubusercontent.com",
        audience="https://deploy.example",
        values={"AUDIENCE": "https://deploy.example",
                "REPOSITORY-ID": "74"},
        metadata_url=f"https://token.actions.githubusercontent.com{OIDC}",
        keys_url="https://token.actions.githubusercontent.com"
                 "/.well-known/jwks",
        header={"x5t": "Mc7l3Iz93g7uwgNeEmmw_WYGPko"},
        claims={"jti": str(uuid.uuid4()), "nbf": now(-5),
                "sub": "repo:octo-org/octo-repo:environment:production",
                "environment": "production", "ref": "refs/heads/main",
                "sha": "example-sha", "repository": "octo-org/octo-repo",
                "repository_id": "74", "repository_owner_id": "65",
                "run_id": "example-run-id", "actor": "octocat",
                "event_name": "push", "ref_type": "branch",
                "job_workflow_ref": "octo-org/octo-repo/.github/workflows/"
                                    "deploy.yml@refs/heads/main"},
        place="/cgi-bin/deploy",
        user="repo:octo-org/octo-repo:environment:production",
        env={"repository_id": "74"},
        denied=[{"repository_id": "75"}, {"ref": "refs/heads/x"},
                {"environment": None}]),
    "gitlab": Provider(
        issuer="https://gitlab.com", audience="https://deploy.example",
        values={"AUDIENCE": "https://deploy.example", "PROJECT-ID": "22"},
        metadata_url=f"https://gitlab.com{OIDC}",
        keys_url="https://gitlab.com/oauth/discovery/keys",
        claims={"jti": str(uuid.uuid4()), "nbf": now(-5),
                "sub": "project_path:shop/web:ref_type:branch:ref:main",
                "namespace_id": "72", "namespace_path": "shop",
                "project_id": "22", "project_path": "shop/web",
                "ref": "main", "ref_type": "branch", "ref_protected": "true",
                "pipeline_source": "push", "job_id": "302"},
        place="/cgi-bin/deploy",
        user="project_path:shop/web:ref_type:branch:ref:main",
        env={"ref_protected": "true"},
        wrong_tenant=({"iss": "https://gitlab.other.example"},
                      "ISSUER_UNKNOWN"),
        denied=[{"project_id": "23"}, {"ref_protected": "false"}]),
    "kubernetes": Provider(
        issuer="https://kubernetes.default.svc.cluster.local",
        audience=["orders"],
        values={"ISSUER": "https://kubernetes.default.svc.cluster.local",
                "AUDIENCE": "orders"},
        keys_path="conf/cluster.jwks", header={"typ": None},
        claims={"jti": str(uuid.uuid4()), "nbf": now(-5),
                "sub": "system:serviceaccount:shop:orders",
                "kubernetes.io": {
                    "namespace": "shop",
                    "node": {"name": "node-1", "uid": str(uuid.uuid4())},
                    "pod": {"name": "orders-7d4", "uid": str(uuid.uuid4())},
                    "serviceaccount": {"name": "orders",
                                       "uid": str(uuid.uuid4())},
                    "warnafter": now(300)}},
        user="system:serviceaccount:shop:orders",
        env={"NAMESPACE": "shop", "POD": "orders-7d4"},
        wrong_audience={"aud": ["https://kubernetes.default.svc"]},
        wrong_tenant=({"iss": "https://kubernetes.default.svc"},
                      "ISSUER_UNKNOWN"),
        denied=[{"kubernetes.io": {"namespace": "other", "serviceaccount":
                                   {"name": "orders"}}},
                {"kubernetes.io": None}]),
    "cloudflare-access": Provider(
        issuer="https://shop.cloudflareaccess.com",
        audience=["32eafc7626e737136a3235d7b3c2d2b2"],
        values={"TEAM": "shop", "AUD-TAG": "32eafc7626e737136a3235d7b3c2d2b2"},
        keys_url="https://shop.cloudflareaccess.com/cdn-cgi/access/certs",
        more_keys=[Signer("RS256").public],
        header={"typ": None},
        claims={"email": "alice@example.com", "type": "app",
                "identity_nonce": "6ei69kawdKzMIAPF", "sub": USER,
                "country": "US", "nbf": now(-5)},
        sent_in="Cf-Access-Jwt-Assertion", user="alice@example.com",
        env={"country": "US"},
        wrong_tenant=({"iss": "https://other.cloudflareaccess.com"},
                      "ISSUER_UNKNOWN")),
    "google-iap": Provider(
        issuer="https://cloud.google.com/iap", alg="ES256",
        audience="/projects/1234/global/backendServices/56",
        values={"AUDIENCE": "/projects/1234/global/backendServices/56"},
        keys_url="https://www.gstatic.com/iap/verify/public_key-jwk",
        more_keys=[Signer("ES256").public],
        claims={"sub": "accounts.google.com:110169484474386276334",
                "email": "alice@example.com", "hd": "example.com",
                "azp": "/projects/1234/global/backendServices/56"},
        sent_in="X-Goog-IAP-JWT-Assertion", user="alice@example.com",
        env={"hd": "example.com"}),
}

# The same tenant has both generations.
PROVIDERS["entra-id-v1-and-v2"].more_documents = \
    PROVIDERS["entra-id"].documents()
