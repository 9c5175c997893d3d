// SPDX-License-Identifier: Apache-2.0
// A user's MCP client: the SDK, what an application adds to it, and a browser.
//
//   node mcp_client.mjs SETTINGS.json
//
// SETTINGS: ports (host -> its port on loopback), ca (a PEM file), calls (pairs
// of a server's URL and a tool's name, in order).  Prints JSON: messages (all
// that was sent, in order), results (the text of each call, or why it failed),
// tokens.  All servers share one store of registrations and tokens.
import * as fs from 'node:fs';
import * as undici from 'undici';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const LOGINS = 5; // for one call, before the user gives up
const REDIRECTS = 10;
const REDIRECT_URL = 'http://127.0.0.1:1/callback'; // the browser stops there

const settings = JSON.parse(fs.readFileSync(process.argv[2]));
const messages = [];
const accessTokens = [];
const underway = new Set(); // the SDK does not wait for all of its requests

// The SDK uses what is global; both must be of one version.
for (const name of ['fetch', 'Headers', 'Request', 'Response']) {
  globalThis[name] = undici[name];
}

const connect = undici.buildConnector({
  ca: fs.readFileSync(settings.ca),
});
const dispatcher = new undici.Agent({
  connect: (options, done) => connect({
    ...options,
    hostname: '127.0.0.1',
    port: settings.ports[options.hostname],
    servername: options.hostname,
  }, done),
});

// What was sent

function scopeOf(bearer) {
  const [, claims] = bearer.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url')).scope;
}

function describeBody(body) {
  if (typeof body === 'string' && body.startsWith('{')) {
    return JSON.parse(body);
  }
  return Object.fromEntries(new URLSearchParams(body ?? ''));
}

async function send(by, url, init = {}) {
  const place = new URL(url);
  const bearer = new Headers(init.headers).get('authorization');
  const message = {
    by,
    method: init.method ?? 'GET',
    host: place.host,
    path: place.pathname,
    query: Object.fromEntries(place.searchParams),
    body: describeBody(init.body),
    token_scope: bearer && scopeOf(bearer),
  };
  messages.push(message);
  const answer = fetch(url, { ...init, dispatcher });
  underway.add(answer);
  const response = await answer;
  message.status = response.status;
  message.challenge = response.headers.get('www-authenticate');
  message.location = response.headers.get('location');
  return response;
}

// The browser: it has cookies, and follows redirects until one is the client's

const cookies = new Map();

function keepCookies(response) {
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    cookies.set(name, value);
  }
}

async function browse(start) {
  let url = start;
  for (let i = 0; i < REDIRECTS && !url.href.startsWith(REDIRECT_URL); i += 1) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const response = await send('browser', url, {
      headers: { cookie }, redirect: 'manual',
    });
    keepCookies(response);
    if (!response.headers.has('location')) {
      throw new Error(`${url}: ${response.status} ${await response.text()}`);
    }
    await response.body?.cancel();
    url = new URL(response.headers.get('location'), url);
  }
  const error = url.searchParams.get('error');
  if (error) {
    throw new Error(`login: ${error}`);
  }
  return url.searchParams.get('code');
}

// What an application gives to the SDK

class Store {
  redirectUrl = REDIRECT_URL;

  clientMetadata = {
    client_name: 'A client of the tests',
    application_type: 'native',
    redirect_uris: [REDIRECT_URL],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };

  clientInformation() { return this.client; }

  saveClientInformation(client) { this.client = client; }

  tokens() { return this.saved; }

  saveTokens(tokens) {
    accessTokens.push(tokens.access_token);
    this.saved = tokens;
  }

  codeVerifier() { return this.verifier; }

  saveCodeVerifier(verifier) { this.verifier = verifier; }

  redirectToAuthorization(page) { this.page = page; }
}

const store = new Store();

/** The result of work(); the user logs in whenever the SDK asks for that. */
async function withLogins(currentTransport, work) {
  for (let i = 0; ; i += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || i === LOGINS) {
        throw error;
      }
      await currentTransport().finishAuth(await browse(store.page));
    }
  }
}

async function call(url, tool) {
  let client;
  let transport;
  await withLogins(() => transport, () => {
    client = new Client({ name: 'tests', version: '1.0.0' });
    transport = new StreamableHTTPClientTransport(new URL(url), {
      authProvider: store,
      fetch: (place, init) => send('client', place, init),
    });
    return client.connect(transport);
  });
  try {
    const { content } = await withLogins(
      () => transport,
      () => client.callTool({ name: tool, arguments: {} }),
    );
    return content[0].text;
  } finally {
    await Promise.allSettled(underway);
    await client.close();
  }
}

const results = [];
for (const [url, tool] of settings.calls) {
  try {
    results.push(await call(url, tool));
  } catch (error) {
    results.push(`failed: ${error.message}`);
  }
}
console.log(JSON.stringify({ messages, results, tokens: accessTokens }));
await dispatcher.close();
