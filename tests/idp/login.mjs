// SPDX-License-Identifier: Apache-2.0
// A real issuer where clients register themselves and users log in, over TLS.
//
//   node login.mjs SETTINGS.json
//
// SETTINGS: issuer (its URL), port, key and certificate (PEM files), jwk (the
// private key that signs), resource and scopes (what tokens are for),
// binds_scopes (a client never gets a scope that it did not register with),
// refresh_tokens (clients get them).  Its login page asks no question: the user
// is alice, and she agrees.  "ready" on standard output: it listens.
import * as fs from 'node:fs';
import * as https from 'node:https';
import Provider from 'oidc-provider';

const settings = JSON.parse(fs.readFileSync(process.argv[2]));
const { alg, kid } = settings.jwk;

function describeResource(context, resource) {
  if (resource !== settings.resource) {
    throw new Error(`a token for ${resource}`);
  }
  return {
    audience: resource,
    scope: settings.scopes.join(' '),
    accessTokenFormat: 'jwt',
    accessTokenTTL: 600,
    jwt: { sign: { alg, kid } },
  };
}

const provider = new Provider(settings.issuer, {
  jwks: { keys: [settings.jwk] },
  scopes: settings.scopes,
  clientDefaults: { id_token_signed_response_alg: alg },
  enabledJWA: { idTokenSigningAlgValues: [alg] },
  // The only place where it lets one change what a client registers
  extraClientMetadata: {
    properties: ['scope_is_bound'],
    validator: (context, name, value, metadata) => {
      if (!settings.binds_scopes) {
        delete metadata.scope;
      }
    },
  },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (context, { uid }) => `/interaction/${uid}` },
  issueRefreshToken: () => settings.refresh_tokens,
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: describeResource,
    },
  },
});

/** The Grant of what the user agrees to now, and agreed to before. */
async function agree({ grantId, session, params, prompt }) {
  const grant = await provider.Grant.find(grantId) ?? new provider.Grant({
    accountId: session.accountId,
    clientId: params.client_id,
  });
  const missing = prompt.details.missingResourceScopes ?? {};
  for (const [resource, scopes] of Object.entries(missing)) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  return grant.save();
}

async function answerPage(request, response) {
  const details = await provider.interactionDetails(request, response);
  const result = details.prompt.name === 'login'
    ? { login: { accountId: 'alice' } }
    : { consent: { grantId: await agree(details) } };
  await provider.interactionFinished(request, response, result);
}

const answer = provider.callback();

https.createServer({
  key: fs.readFileSync(settings.key),
  cert: fs.readFileSync(settings.certificate),
}, (request, response) => (request.url.startsWith('/interaction/')
  ? answerPage(request, response) : answer(request, response)))
  .listen(settings.port, '127.0.0.1', () => console.log('ready'));
