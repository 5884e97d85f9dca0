// A Redis server of a test's own with everything on disk as it is in memory, and a connection to it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// A value of RESP2 at `at`: [value, where the next one begins]; nothing while it is incomplete.
// Strings are Buffers, errors are Errors.
function parse(bytes, at) {
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return undefined;
  const line = bytes.toString('latin1', at + 1, end);
  const next = end + 2;
  switch (bytes[at]) {
    case 0x2b: return [Buffer.from(line), next];
    case 0x2d: return [new Error(line), next];
    case 0x3a: return [Number(line), next];
    case 0x24: {
      const size = Number(line);
      if (size < 0) return [null, next];
      if (bytes.length < next + size + 2) return undefined;
      return [bytes.subarray(next, next + size), next + size + 2];
    }
    case 0x2a: {
      const items = [];
      let place = next;
      for (let i = 0; i < Number(line); i += 1) {
        const item = parse(bytes, place);
        if (!item) return undefined;
        items.push(item[0]);
        [, place] = item;
      }
      return [items, place];
    }
    default: throw new Error('the answer is not RESP2');
  }
}

export class RedisConnection {
  #socket;
  #unread = Buffer.alloc(0);
  #waiting = [];
  // All that was received.
  received = [];

  static async open(path, password) {
    const connection = new RedisConnection();
    connection.#socket = createConnection(path);
    connection.#socket.on('data', (bytes) => connection.#take(bytes));
    await once(connection.#socket, 'connect');
    await connection.command('AUTH', password);
    return connection;
  }

  #take(bytes) {
    this.received.push(bytes);
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (let found; this.#unread.length > 0 && (found = parse(this.#unread, 0));) {
      this.#unread = this.#unread.subarray(found[1]);
      const waiter = this.#waiting.shift();
      if (found[0] instanceof Error) waiter?.reject(found[0]);
      else waiter?.resolve(found[0]);
    }
  }

  command(...words) {
    const parts = words.map((word) => Buffer.from(word));
    const answer = new Promise((resolve, reject) => { this.#waiting.push({ resolve, reject }); });
    this.#socket.write(Buffer.concat([Buffer.from(`*${parts.length}\r\n`),
      ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')])]));
    return answer;
  }

  // Every key with its DUMP, of whatever type.
  async everything() {
    const found = [];
    let cursor = '0';
    do {
      const [next, keys] = await this.command('SCAN', cursor, 'COUNT', '1000');
      cursor = next.toString();
      for (const key of keys) {
        found.push(key, await this.command('DUMP', key) ?? Buffer.alloc(0));
      }
    } while (cursor !== '0');
    return found;
  }

  close() { this.#socket.destroy(); }
}

// Listens on a unix socket alone, wants a password, keeps an append-only file, and compresses
// nothing, so that what it holds can be searched. `folder` is its own.
export async function startRedis(folder, password) {
  mkdirSync(folder, { mode: 0o700 });
  const socket = join(folder, 'redis.sock');
  const file = join(folder, 'redis.conf');
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(file, `port 0
unixsocket ${socket}
requirepass ${password}
dir ${data}
appendonly yes
appendfsync always
rdbcompression no
save ""
maxmemory-policy noeviction
`, { mode: 0o600 });
  const server = spawn('redis-server', [file], { stdio: 'ignore' });
  let connection;
  for (let tries = 0; !connection; tries += 1) {
    connection = await RedisConnection.open(socket, password).catch((error) => {
      if (tries > 200) throw error;
      return sleep(50);
    });
  }
  return { socket, data, connection, signal: (name) => server.kill(name) };
}
