// SPDX-License-Identifier: Apache-2.0
// A real MCP server without any authentication of its own: httpd is before it.
//
//   node mcp_server.mjs SETTINGS.json
//
// SETTINGS: port, metadata (the URL that its challenges name).  It believes
// X-User and X-Scope.  The tool list_orders needs nothing that httpd did not
// check.  cancel_order needs one more scope, which httpd cannot check on /mcp:
// the name of the tool is in the body.  "ready" on standard output: it listens.
import * as fs from 'node:fs';
import * as http from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const settings = JSON.parse(fs.readFileSync(process.argv[2]));
const NEEDED = { cancel_order: 'orders.read orders.write' };

function makeServer(user) {
  const server = new McpServer({ name: 'orders', version: '1.0.0' });
  for (const name of ['list_orders', 'cancel_order']) {
    server.registerTool(name, { description: name }, () => ({
      content: [{ type: 'text', text: `${name} for ${user}` }],
    }));
  }
  return server;
}

async function readBody(request) {
  let text = '';
  for await (const piece of request) {
    text += piece;
  }
  return JSON.parse(text);
}

/** The scopes that this message needs, where the token lacks one of them. */
function missing({ method, params }, scope = '') {
  const needed = method === 'tools/call' ? NEEDED[params.name] ?? '' : '';
  const has = new Set(scope.split(' '));
  return needed && needed.split(' ').some((name) => !has.has(name)) && needed;
}

async function answer(request, response) {
  if (request.method !== 'POST') {
    response.writeHead(405, { Allow: 'POST' }).end();
    return;
  }
  const message = await readBody(request);
  const needed = missing(message, request.headers['x-scope']);
  if (needed) {
    response.writeHead(403, {
      'WWW-Authenticate': 'Bearer error="insufficient_scope", '
        + `scope="${needed}", resource_metadata="${settings.metadata}"`,
    }).end();
    return;
  }
  const transport = new StreamableHTTPServerTransport({
    enableJsonResponse: true,
  });
  await makeServer(request.headers['x-user']).connect(transport);
  await transport.handleRequest(request, response, message);
}

http.createServer(answer)
  .listen(settings.port, '127.0.0.1', () => console.log('ready'));
