// A controller in Node.js: whoever says something, by POST / or through a WebSocket, is heard at /socket and /events (server-sent events).
import { createServer } from 'node:http';
import { accept, frame, read } from './websocket.mjs';

const { HOST, PORT, PORTOLAN_VERSION, PORTOLAN_REGION } = process.env;
const here = { version: PORTOLAN_VERSION, region: PORTOLAN_REGION };
const GOING_AWAY = Buffer.from([0x03, 0xe9]);
const LONGEST = 500;

const listeners = new Set();
const sockets = new Set();

function say(text) {
  const said = JSON.stringify({ from: 'you', text: text.slice(0, LONGEST), ...here });
  listeners.forEach((listener) => listener.write(`data: ${said}\n\n`));
  sockets.forEach((socket) => socket.write(frame(said)));
}

const hello = JSON.stringify({ from: 'chat', ...here });

const server = createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/healthz') {
    response.end('ok');
  } else if (path === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(`data: ${hello}\n\n`);
    listeners.add(response);
    request.on('close', () => listeners.delete(response));
  } else if (request.method === 'POST') {
    let text = '';
    for await (const piece of request) {
      text = (text + piece).slice(0, LONGEST);
    }
    say(text);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ heard: listeners.size + sockets.size, ...here }));
  } else {
    response.writeHead(404).end();
  }
});

server.on('upgrade', (request, socket) => {
  socket.on('error', () => socket.destroy());
  if (request.url.split('?')[0] !== '/socket' || !accept(request, socket)) {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.write(frame(hello));
  read(socket, say);
});

server.listen(Number(PORT), HOST);

// Asked to end: no new connections; streams and sockets end so that browsers connect again elsewhere.
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  listeners.forEach((listener) => listener.end());
  sockets.forEach((socket) => socket.end(frame(GOING_AWAY, 8)));
});
