// Looks for secrets in bytes: as they are, and as they would be written into JSON, a URL, a header or
// a dump.

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

const least = 8;

const hex = (bytes) => bytes.toString('hex');

// What base64 makes of `bytes` wherever in a longer text they begin: for each of the three
// alignments those characters that their neighbours have no part in.
function base64Cores(bytes) {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const core = shifted.toString('base64')
      .slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

const formEncoded = (text) => new URLSearchParams([['', text]]).toString().slice(1);

function everyByteEscaped(bytes, prefix) {
  return [...bytes].map((byte) => prefix + byte.toString(16).padStart(2, '0')).join('');
}

// name -> how it is written; several names may give the same bytes.
function forms(bytes) {
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text).equals(bytes);
  const out = {
    'as it is': [bytes],
    hex: [hex(bytes), hex(bytes).toUpperCase()],
    base64: base64Cores(bytes),
    'percent-encoded': [everyByteEscaped(bytes, '%'), everyByteEscaped(bytes, '%').toUpperCase()],
    'backslash-escaped': [everyByteEscaped(bytes, '\\x')],
  };
  if (!isText) return out;
  const encoded = [encodeURIComponent(text), formEncoded(text)];
  out['in JSON'] = [JSON.stringify(text).slice(1, -1)];
  out['percent-encoded'].push(...encoded, ...encoded.map((word) => word.toLowerCase()));
  // As `client_secret_basic` has it: encoded first (RFC 6749 2.3.1).
  out.base64.push(...encoded.flatMap((word) => base64Cores(Buffer.from(word))));
  // What is left when somebody shortens it for a log. A JWT's header is no secret.
  if (text.length >= 40) {
    out['its end'] = [text.slice(-16)];
    if (!text.startsWith('eyJ')) out['its beginning'] = [text.slice(0, 16)];
  }
  return out;
}

const slotBits = 20;
const slotOf = (window) => Math.imul(window, 0x9e3779b1) >>> (32 - slotBits);

export class SecretSearch {
  // By the slot of their first four bytes, and which slots have any: most bytes are told apart so.
  #needles = new Map();
  #taken = new Uint8Array(1 << slotBits);
  #seen = new Set();
  // How many of each kind.
  kinds = new Map();
  secrets = 0;
  forms = 0;
  bytes = 0;

  // A secret of which every form is looked for from now on; one that is known already counts once.
  add(kind, secret) {
    const bytes = Buffer.from(secret);
    if (this.#seen.has(hex(bytes))) return;
    if (bytes.length < 2 * least) throw new Error(`a ${kind} is too short to be searched for`);
    this.#seen.add(hex(bytes));
    this.secrets += 1;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    for (const [form, written] of Object.entries(forms(bytes))) {
      for (const one of new Set(written.map((w) => Buffer.from(w).toString('latin1')))) {
        this.#addNeedle({ kind, form, bytes: Buffer.from(one, 'latin1') });
      }
    }
  }

  #addNeedle(needle) {
    if (needle.bytes.length < least) throw new Error(`a ${needle.kind}, ${needle.form}, is too short`);
    const slot = slotOf(needle.bytes.readInt32LE(0));
    const same = this.#needles.get(slot) ?? [];
    if (same.some(({ bytes }) => bytes.equals(needle.bytes))) return;
    this.#needles.set(slot, [...same, needle]);
    this.#taken[slot] = 1;
    this.forms += 1;
  }

  // What is found in `content`, never the secret itself.
  in(where, content) {
    const bytes = Buffer.from(content);
    const taken = this.#taken;
    this.bytes += bytes.length;
    const hits = [];
    let window = 0;
    for (let end = 0; end < bytes.length; end += 1) {
      window = (window >>> 8) | (bytes[end] << 24);
      const at = end - 3;
      if (at < 0 || taken[slotOf(window)] === 0) continue;
      for (const needle of this.#needles.get(slotOf(window))) {
        if (needle.bytes.equals(bytes.subarray(at, at + needle.bytes.length))) {
          hits.push({ where, at, kind: needle.kind, form: needle.form });
        }
      }
    }
    return hits;
  }
}

// The private key as its file has it, as DER and as the number that it is.
export function addPrivateKey(search, file) {
  const pem = readFileSync(file, 'utf8');
  for (const line of pem.trim().split('\n').slice(1, 3)) search.add('private key', line);
  const key = createPrivateKey(pem);
  search.add('private key', key.export({ type: 'pkcs8', format: 'der' }));
  search.add('private key', Buffer.from(key.export({ format: 'jwk' }).d, 'base64url'));
}

// The keys of a keyring (tbctl keyring new), as they are written and as bytes.
export function addKeyring(search, file) {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const key = line.split('#')[0].trim().split(/\s+/)[3];
    if (!key) continue;
    search.add('sealing key', key);
    search.add('sealing key', Buffer.from(key, 'base64url'));
  }
}
