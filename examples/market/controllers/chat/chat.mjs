// A controller in Node.js: POST / says something, GET /events hears it (server-sent events).
import { createServer } from 'node:http';

const listeners = new Set();
const { HOST, PORT, PORTOLAN_VERSION, PORTOLAN_REGION } = process.env;

const server = createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/healthz') {
    response.end('ok');
  } else if (path === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(`data: ${JSON.stringify({ from: 'chat', version: PORTOLAN_VERSION, region: PORTOLAN_REGION })}\n\n`);
    listeners.add(response);
    request.on('close', () => listeners.delete(response));
  } else if (request.method === 'POST') {
    let text = '';
    for await (const piece of request) {
      text = (text + piece).slice(0, 500);
    }
    for (const listener of listeners) {
      listener.write(`data: ${JSON.stringify({ from: 'you', text })}\n\n`);
    }
    response.writeHead(204).end();
  } else {
    response.writeHead(404).end();
  }
}).listen(Number(PORT), HOST);

// Asked to end: no new connections, streams end so that browsers connect again elsewhere.
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  listeners.forEach((listener) => listener.end());
});
