// SPDX-License-Identifier: Apache-2.0
// A real issuer, over TLS, for one test run.
//
//   node issuer.mjs SETTINGS.json
//
// SETTINGS: issuer (its URL), port, key and certificate (PEM files), keys (a
// JWK Set of private keys, a file).  It signs with the first key of each
// algorithm.  SIGHUP reads the keys again.  "ready" on standard output says
// that it listens, "rotated" that it has other keys.
import * as fs from 'node:fs';
import * as https from 'node:https';
import Provider from 'oidc-provider';

const settings = JSON.parse(fs.readFileSync(process.argv[2]));

function makeProvider() {
  const jwks = JSON.parse(fs.readFileSync(settings.keys));

  // https://api.example.com/ES256 gets tokens that ES256 signed
  function describeResource(context, resource) {
    const alg = new URL(resource).pathname.slice(1);
    const key = jwks.keys.find((candidate) => candidate.alg === alg);
    return {
      audience: resource,
      scope: 'read write',
      accessTokenFormat: 'jwt',
      accessTokenTTL: 600,
      jwt: { sign: { alg, kid: key.kid } },
    };
  }

  return new Provider(settings.issuer, {
    jwks,
    clients: [{
      client_id: 'service',
      client_secret: 'only for this test',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    }],
    scopes: ['read', 'write'],
    extraTokenClaims: () => ({ roles: ['staff', 'ops'], tenant: 'acme' }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: describeResource,
      },
    },
  }).callback();
}

let answer = makeProvider();

process.on('SIGHUP', () => {
  answer = makeProvider();
  console.log('rotated');
});

https.createServer({
  key: fs.readFileSync(settings.key),
  cert: fs.readFileSync(settings.certificate),
}, (request, response) => answer(request, response))
  .listen(settings.port, '127.0.0.1', () => console.log('ready'));
