import {constants, gunzipSync, inflateRawSync, inflateSync} from 'node:zlib';
import {walkPickle} from './pickle-opcodes.ts';

/** Why loading a file may run what its author wrote. Told by its bytes, whatever it is called; nothing is executed. */
export type Loading =
  | 'pickle'
  | 'zip with a pickle'
  | 'archive with a pickle'
  | 'compressed pickle'
  | 'array of objects'
  /** What is packed in a way that is not looked into. */
  | 'can’t be told';

/** How much of a file's beginning is kept to be looked at, and of each member of a zip. */
const HEAD = 2 ** 18;
const MEMBER = 2 ** 13;
const MOST_MEMBERS = 256;
/** Of archives in archives. */
const DEEPEST = 4;

const ZIP = Buffer.from('PK\u0003\u0004');

/** Looks at a file while it is read: its beginning, and wherever a zip's member begins, for a zip may have anything before it. */
export class Sniffer {
  #head: Buffer = Buffer.alloc(0);
  #size = 0;
  /** Where members begin, and what of each has come. */
  readonly #members: {readonly left: number; readonly bytes: Buffer[]}[] = [];
  #open: {left: number; readonly bytes: Buffer[]}[] = [];
  #tail: Buffer = Buffer.alloc(0);
  #tooMany = false;

  push(piece: Uint8Array): void {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (this.#head.length < HEAD)
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD - this.#head.length)]);
    this.#size += chunk.length;
    this.#feed(chunk);
    this.#find(chunk);
  }

  end(): Loading | undefined {
    const own = judge(this.#head, this.#size, 0);
    if (own !== undefined && own !== 'can’t be told') return own;
    for (const {bytes} of this.#members) {
      const found = judgeMember(Buffer.concat(bytes), 0);
      if (found !== undefined && found !== 'can’t be told') return 'zip with a pickle';
      if (found !== undefined) return own ?? found;
    }
    return own ?? (this.#tooMany ? 'can’t be told' : undefined);
  }

  #feed(chunk: Buffer): void {
    for (const member of this.#open) {
      const part = chunk.subarray(0, member.left);
      member.bytes.push(Buffer.from(part));
      member.left -= part.length;
    }
    this.#open = this.#open.filter(({left}) => left > 0);
  }

  #find(chunk: Buffer): void {
    const searched = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    for (let at = searched.indexOf(ZIP); at >= 0; at = searched.indexOf(ZIP, at + 1)) {
      if (this.#members.length >= MOST_MEMBERS) {
        this.#tooMany = true;
        break;
      }
      const part = Buffer.from(searched.subarray(at, at + MEMBER));
      const member = {left: MEMBER - part.length, bytes: [part]};
      this.#members.push(member);
      if (member.left > 0) this.#open.push(member);
    }
    this.#tail = Buffer.from(searched.subarray(Math.max(0, searched.length - ZIP.length + 1)));
  }
}

const PICKLED = /\.(?:pkl|pickle|pt|pth|joblib|dill)$/i;

/** By its name alone: for what was not read, and for what nothing else gives away. */
export function isNamedLikePickle(path: string): boolean {
  return PICKLED.test(path);
}

/** Compressed in ways that are not undone here. */
const CLOSED: readonly Buffer[] = [
  Buffer.from('BZh'),
  Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
  Buffer.from([0x04, 0x22, 0x4d, 0x18]),
  Buffer.from('7z\u00bc\u00af', 'latin1'),
  Buffer.from('Rar!'),
  // HDF5: what Keras keeps in one may be a program.
  Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]),
];

function judge(head: Buffer, size: number, depth: number): Loading | undefined {
  const walk = walkPickle(head, size);
  if (walk !== 'no') return 'pickle';
  if (beginsWith(head, Buffer.from([0x93, ...Buffer.from('NUMPY')]))) return holdsObjects(head);
  if (CLOSED.some((magic) => beginsWith(head, magic))) return 'can’t be told';
  const opened = decompressed(head);
  if (opened !== undefined) return depth >= DEEPEST ? 'can’t be told' : packed(opened, depth);
  return isTar(head) ? judgeTar(head, size, depth) : undefined;
}

function packed(opened: Buffer, depth: number): Loading | undefined {
  if (opened.length === 0) return 'can’t be told';
  const inner = judge(opened, Number.MAX_SAFE_INTEGER, depth + 1) ?? judgeZips(opened, depth + 1);
  return inner === undefined || inner === 'can’t be told' ? inner : 'compressed pickle';
}

function judgeZips(bytes: Buffer, depth: number): Loading | undefined {
  for (
    let at = bytes.indexOf(ZIP), n = 0;
    at >= 0 && n < MOST_MEMBERS;
    at = bytes.indexOf(ZIP, at + 1), n++
  ) {
    const found = judgeMember(bytes.subarray(at), depth);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A member of a zip from its local header on: by its name, and by what it begins with. */
function judgeMember(member: Buffer, depth: number): Loading | undefined {
  if (member.length < 30) return undefined;
  const [method, nameLength, extraLength] = [8, 26, 28].map((at) => member.readUInt16LE(at));
  const from = 30 + (nameLength ?? 0);
  const name = member.subarray(30, from).toString('latin1');
  if (PICKLED.test(name)) return 'pickle';
  const data = member.subarray(from + (extraLength ?? 0));
  if (method === 0) return judge(data, Number.MAX_SAFE_INTEGER, depth + 1);
  // By chance these four bytes may stand anywhere: then what follows is no header.
  if (method !== 8) return isPlausible(member) ? 'can’t be told' : undefined;
  const opened = attempt(() => inflateRawSync(data, PARTLY));
  if (opened === undefined || opened.length === 0) return undefined;
  if (depth >= DEEPEST) return 'can’t be told';
  return judge(opened, Number.MAX_SAFE_INTEGER, depth + 1) ?? judgeZips(opened, depth + 1);
}

function isPlausible(member: Buffer): boolean {
  return member.readUInt16LE(4) <= 63 && member.readUInt16LE(26) < 512;
}

/** What is cut off is no error: its beginning is what is looked at. */
const PARTLY = {finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 24};

/** Undefined where it is not compressed so. */
function decompressed(head: Buffer): Buffer | undefined {
  if (beginsWith(head, Buffer.from([0x1f, 0x8b])))
    return attempt(() => gunzipSync(head, PARTLY)) ?? Buffer.alloc(0);
  const isZlib = head[0] === 0x78 && head.length > 2 && head.readUInt16BE(0) % 31 === 0;
  return isZlib ? attempt(() => inflateSync(head, PARTLY)) : undefined;
}

function attempt(open: () => Buffer): Buffer | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

/** An array of objects is followed by a pickle of them. */
function holdsObjects(head: Buffer): Loading | undefined {
  const text = head.subarray(0, 4096).toString('latin1');
  return /'[|<>=]?O\d*'/.test(text) ? 'array of objects' : undefined;
}

const BLOCK = 512;

function isTar(head: Buffer): boolean {
  return head.length >= BLOCK && head.subarray(257, 262).toString('latin1') === 'ustar';
}

function judgeTar(head: Buffer, size: number, depth: number): Loading | undefined {
  if (depth >= DEEPEST) return 'can’t be told';
  for (let at = 0; at + BLOCK <= head.length; ) {
    const header = head.subarray(at, at + BLOCK);
    if (header[0] === 0) return undefined;
    const name = header.subarray(0, 100).toString('latin1').replace(/\0.*$/s, '');
    const length = Number.parseInt(header.subarray(124, 136).toString('latin1'), 8);
    if (!Number.isSafeInteger(length)) return 'can’t be told';
    const data = head.subarray(at + BLOCK, at + BLOCK + length);
    if (PICKLED.test(name)) return 'archive with a pickle';
    const found = judge(data, length, depth + 1) ?? judgeZips(data, depth + 1);
    if (found !== undefined) return found === 'can’t be told' ? found : 'archive with a pickle';
    at += BLOCK + Math.ceil(length / BLOCK) * BLOCK;
  }
  // More members than are kept.
  return size > head.length ? 'can’t be told' : undefined;
}

function beginsWith(head: Buffer, magic: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic);
}
