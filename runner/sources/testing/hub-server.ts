import {createHash} from 'node:crypto';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {serve} from './serve.ts';

export interface HubFileText {
  readonly path: string;
  readonly bytes: Buffer;
  /** Kept by SHA-256 and served by the CDN, as the hub does with large files. */
  readonly lfs?: boolean;
}

export interface HubOptions {
  /** `org/name`, or `datasets/org/name`. */
  readonly repository: string;
  readonly commit: string;
  readonly files: readonly HubFileText[];
  readonly pageSize?: number;
  /** Asked for, when given. */
  readonly token?: string;
  /** Answers 403 to everyone, with the hub's own code. */
  readonly gated?: boolean;
}

export interface HubAsk {
  readonly where: 'hub' | 'cdn';
  readonly path: string;
  readonly range: string | undefined;
  readonly token: string | undefined;
}

/** What goes wrong, told by the path of the file; each `cut` and `busy` once. */
export interface HubFaults {
  readonly cut: Map<string, number>;
  /** So many bytes, and then nothing more for as long as the other end waits; once. */
  readonly held: Map<string, number>;
  readonly busy: Set<string>;
  readonly flipped: Set<string>;
}

export interface Hub {
  /** For HF_ENDPOINT. */
  readonly endpoint: string;
  readonly cdn: string;
  readonly asked: HubAsk[];
  readonly faults: HubFaults;
}

/** A hub on loopback that speaks its protocol: list by pages, resolve, redirect to a CDN, ranges, tokens. */
export async function openHub(options: HubOptions): Promise<Hub> {
  const asked: HubAsk[] = [];
  const faults: HubFaults = {cut: new Map(), held: new Map(), busy: new Set(), flipped: new Set()};
  const note = (where: HubAsk['where'], {url = '', headers}: IncomingMessage) =>
    void asked.push({where, path: url, range: headers.range, token: headers.authorization});
  const cdn = await serve((request, response) => {
    note('cdn', request);
    const file = options.files.find(({bytes}) => request.url === `/blobs/${sha256(bytes)}?signature=secret`);
    if (file === undefined) response.writeHead(404).end();
    else send(file, request, response, faults);
  });
  const hub = await serve((request, response) => {
    note('hub', request);
    answer(request, response, options, `http://127.0.0.1:${cdn.port}`, faults);
  });
  return {endpoint: `http://127.0.0.1:${hub.port}`, cdn: `127.0.0.1:${cdn.port}`, asked, faults};
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HubOptions,
  cdn: string,
  faults: HubFaults,
): unknown {
  const refuse = (status: number, code: string) => response.writeHead(status, {'x-error-code': code}).end();
  const {repository, commit, files, token, gated} = options;
  const url = new URL(request.url ?? '', 'http://hub');
  const [kind, id] = repository.startsWith('datasets/')
    ? ['datasets', repository.slice(9)]
    : ['models', repository];
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
    return refuse(401, 'RepoNotFound');
  if (gated === true) return refuse(403, 'GatedRepo');
  const list = `/api/${kind}/${id}/tree/`;
  if (url.pathname.startsWith(list)) {
    if (url.pathname.slice(list.length) !== commit) return refuse(404, 'RevisionNotFound');
    return sendPage(url, response, options);
  }
  const resolve = `/${repository}/resolve/${commit}/`;
  const path = decodeURIComponent(url.pathname.slice(resolve.length));
  const file = url.pathname.startsWith(resolve) ? files.find((each) => each.path === path) : undefined;
  if (file === undefined) return refuse(404, 'EntryNotFound');
  if (faults.busy.delete(path)) return response.writeHead(503, {'retry-after': '7'}).end();
  if (file.lfs !== true) return send(file, request, response, faults);
  return response.writeHead(302, {location: `${cdn}/blobs/${sha256(file.bytes)}?signature=secret`}).end();
}

function sendPage(url: URL, response: ServerResponse, {files, pageSize = 1000}: HubOptions): void {
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const page = files.slice(from, from + pageSize).map(entryOf);
  const next = new URL(url);
  next.searchParams.set('cursor', String(from + pageSize));
  // As the hub does behind a mirror: it names itself.
  const link = `<https://hub.example${next.pathname}${next.search}>; rel="next"`;
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(from + pageSize < files.length && {link}),
  });
  const folders = from === 0 ? [{type: 'directory', oid: '0'.repeat(40), size: 0, path: 'folder'}] : [];
  response.end(JSON.stringify([...folders, ...page]));
}

function entryOf({path, bytes, lfs}: HubFileText): object {
  if (lfs !== true) return {type: 'file', oid: gitBlob(bytes), size: bytes.length, path};
  const pointer = {oid: sha256(bytes), size: bytes.length, pointerSize: 134};
  return {type: 'file', oid: gitBlob(Buffer.from('pointer')), size: bytes.length, lfs: pointer, path};
}

function send(
  {path, bytes}: HubFileText,
  request: IncomingMessage,
  response: ServerResponse,
  faults: HubFaults,
): void {
  const etag = `"${sha256(bytes)}"`;
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const fits = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const from = asked !== undefined && fits ? Number(asked) : 0;
  const sent = Buffer.from(bytes.subarray(from));
  if (faults.flipped.has(path)) sent.writeUInt8(sent.readUInt8(0) ^ 1, 0);
  const range = {'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`};
  response.writeHead(from > 0 ? 206 : 200, {etag, 'content-length': sent.length, ...(from > 0 && range)});
  const cut = faults.cut.get(path);
  faults.cut.delete(path);
  const held = faults.held.get(path);
  faults.held.delete(path);
  if (held !== undefined) response.write(sent.subarray(0, held));
  else if (cut === undefined) response.end(sent);
  else response.write(sent.subarray(0, cut), () => response.destroy());
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
