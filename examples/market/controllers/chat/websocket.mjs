// As much of RFC 6455 as a chat needs: short texts, pings and the end. Node.js has clients for WebSockets and no servers.
import { createHash } from 'node:crypto';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const LONGEST = 0xffff;

/** Answers an upgrade; false where it is none. */
export function accept(request, socket) {
  const key = request.headers['sec-websocket-key'];
  if (!key || request.headers.upgrade?.toLowerCase() !== 'websocket') {
    return false;
  }
  const proof = createHash('sha1').update(key + MAGIC).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n\r\n`);
  return true;
}

/** A whole message as a server sends it: a text, or what an opcode takes (8 ends it, 10 answers a ping). */
export function frame(content, opcode = 1) {
  const body = Buffer.from(content);
  const head = body.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4);
  head[0] = 0x80 | opcode;
  if (body.length < 126) {
    head[1] = body.length;
  } else {
    head[1] = 126;
    head.writeUInt16BE(body.length, 2);
  }
  return Buffer.concat([head, body]);
}

/** Hands over each text that comes, answers pings, and ends when the other side does. */
export function read(socket, onText) {
  let rest = Buffer.alloc(0);
  socket.on('data', (part) => {
    rest = Buffer.concat([rest, part]);
    for (let next = first(rest); next; next = first(rest)) {
      rest = rest.subarray(next.length);
      if (next.opcode === 1) {
        onText(next.body.toString());
      } else if (next.opcode === 8) {
        socket.end(frame(next.body.subarray(0, 2), 8));
      } else if (next.opcode === 9) {
        socket.write(frame(next.body, 10));
      }
    }
    if (rest.length > LONGEST + 8) {
      socket.destroy();
    }
  });
}

/** The first frame, if all of it is here. What clients send is masked. */
function first(bytes) {
  if (bytes.length < 6) {
    return undefined;
  }
  const short = bytes[1] & 0x7f;
  if (short === 127) {
    return undefined;
  }
  const at = short === 126 ? 4 : 2;
  const size = short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < at + 4 + size) {
    return undefined;
  }
  const mask = bytes.subarray(at, at + 4);
  const body = Buffer.from(bytes.subarray(at + 4, at + 4 + size));
  body.forEach((byte, i) => { body[i] = byte ^ mask[i % 4]; });
  return { opcode: bytes[0] & 0x0f, body, length: at + 4 + size };
}
