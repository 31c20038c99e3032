// A controller in Node.js, run as a process of its own by the tests: the twin of EchoController.
import { createServer } from 'node:http';

let healthy = true;
let stalls = process.env.HEALTH === 'stalls';
console.log(`said at the start: ${process.env.SAY}`);
if (process.env.FAIL === 'start') {
  process.exit(7);
}
createServer((request, response) => {
  const path = request.url;
  const answer = (status, text) => {
    response.statusCode = status;
    response.end(text);
  };
  if (path === '/healthz' && stalls) {
    console.log('begins an answer that has no end');
    response.writeHead(200);
    response.write('h');
  } else if (path === '/healthz') {
    answer(healthy ? 200 : 503, 'health');
  } else if (path.startsWith('/env/')) {
    answer(200, String(process.env[path.slice(5)]));
  } else if (path === '/pid') {
    answer(200, String(process.pid));
  } else if (path === '/unhealthy') {
    healthy = false;
    answer(200, 'unhealthy');
  } else if (path === '/stall') {
    stalls = true;
    answer(200, 'stalls');
  } else if (path === '/exit') {
    process.kill(process.pid, 'SIGKILL');
  } else {
    answer(404, 'nothing');
  }
}).listen(Number(process.env.PORT), process.env.HOST);
