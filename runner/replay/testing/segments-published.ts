import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {objectPath} from '../../../artifacts/layout.ts';
import {encodeManifest, manifestOf, treeOf} from '../../../artifacts/trees/manifest.ts';
import type {TreeEntry, TreeManifest} from '../../../schemas/artifact.ts';
import {canonicalJson, type Json} from '../../../schemas/canonical-json.ts';
import {type Digest, hexOf} from '../../../schemas/digest.ts';
import type {AuditReplay} from '../../../schemas/segments.ts';
import type {AuditRow} from '../../audit/row.ts';
import {chainOf} from '../../compare/trace/parse-line.ts';
import {statePath} from '../../compare/trace/state-document.ts';
import type {Rig} from '../../testing/rig.ts';

/** What an auditor of the run that a rig has published is told. */
export interface Audited {
  readonly code: number;
  readonly text: string;
  readonly replay: AuditReplay | undefined;
  readonly row: AuditRow;
  readonly rows: readonly AuditRow[];
}

/** Publishes the rig's last run; the address of it. */
export async function publish(rig: Rig): Promise<string> {
  if (!existsSync(join(rig.home, '.config/repro/keys'))) await rig.repro(['keys', 'new']);
  const before = new Set(publications(rig));
  const ended = await rig.repro(['publish', '--to', '../out']);
  if (ended.code !== 0) throw new Error(`not published:\n${ended.stdout}${ended.stderr}`);
  return `../out/publications/v1/${publications(rig).find((name) => !before.has(name))}`;
}

function publications(rig: Rig): readonly string[] {
  const folder = join(rig.root, 'out/publications/v1');
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** `repro audit URL --replay …` as somebody who chose the author's key and trusts exactly this content. */
export async function auditIt(rig: Rig, url: string, ...flags: readonly string[]): Promise<Audited> {
  const argv = ['audit', url, '--key', keyOf(rig), '--replay', ...flags];
  const trust = ['--trust', await contentOf(rig, url)];
  const printed = await rig.repro([...argv, ...trust, '--json']);
  const {rows, replay} = JSON.parse(printed.stdout) as Pick<Audited, 'rows' | 'replay'>;
  const row = rows.find(({check}) => check === 'replay');
  if (row === undefined) throw new Error('no row replay');
  return {code: printed.code, text: printed.stderr, replay, row, rows};
}

/** The same as people see it. */
export async function auditText(rig: Rig, url: string, ...flags: readonly string[]): Promise<string> {
  const trust = ['--trust', await contentOf(rig, url)];
  const {stdout, stderr, code} = await rig.repro([
    ...['audit', url, '--key', keyOf(rig), '--replay'],
    ...flags,
    ...trust,
  ]);
  return `${stdout}${stderr}[${code}]`;
}

const contents = new Map<string, string>();

/** What is to be trusted: as the refusal says it. */
async function contentOf(rig: Rig, url: string): Promise<string> {
  const known = contents.get(rig.root + url);
  if (known !== undefined) return known;
  const {stderr} = await rig.repro(['run', url]);
  const [, content = ''] = /--trust (sha256:[0-9a-f]{64})/.exec(stderr) ?? [];
  contents.set(rig.root + url, content);
  return content;
}

function keyOf(rig: Rig): string {
  return readFileSync(join(rig.home, '.config/repro/keys/default.pub'), 'utf8').trim();
}

/** What a liar changes of a training before publishing it; all that is not named stays. */
export interface Forgery {
  /** Each line of the trace, header first; chains are made anew. */
  readonly line?: (line: Record<string, Json>, index: number) => void;
  /** Of the boundaries tree, by path; undefined takes a file away. */
  readonly files?: (files: Map<string, Uint8Array>) => void;
  readonly metrics?: (text: string) => string;
}

/** Rewrites what the last run says of a training, so that everything still fits: then it is signed and published. */
export function forge(rig: Rig, stage: string, forgery: Forgery): void {
  rewriteRecord(rig, (receipts) => forgeReceipt(rig, receipts.get(stage), forgery));
}

/** The last run's record with other receipts; it is what is published. */
export function rewriteRecord(rig: Rig, change: (receipts: ReadonlyMap<string, AnyReceipt>) => void): void {
  const run = readdirSync(join(rig.project, '.repro/runs')).sort().at(-1);
  const file = `.repro/runs/${run}/record.json`;
  const record = JSON.parse(rig.read(file));
  change(
    new Map(record.stages.map(({name, receipt}: {name: string; receipt: AnyReceipt}) => [name, receipt])),
  );
  rig.write({[file]: canonicalJson(record)});
  put(rig, canonicalJson(record));
}

// biome-ignore lint/suspicious/noExplicitAny: liars write what they like.
type AnyReceipt = any;

function forgeReceipt(rig: Rig, receipt: AnyReceipt, {line, files: change, metrics}: Forgery): void {
  const {execution} = receipt;
  if (metrics) execution.metrics = put(rig, metrics(rig.object(execution.metrics)));
  const chains: string[] = [];
  const before: string[] = [];
  const text = rig
    .object(receipt.execution.trace)
    .trimEnd()
    .split('\n')
    .map((raw, index) => {
      const value = JSON.parse(raw);
      before.push(value.chain);
      line?.(value, index);
      if (index > 0) value.previous = chains.at(-1);
      value.chain = chainOf(value);
      chains.push(value.chain);
      return `${canonicalJson(value)}\n`;
    })
    .join('');
  receipt.execution.trace = put(rig, text);
  const manifest = JSON.parse(rig.object(receipt.outputs.boundaries.digest)) as TreeManifest;
  const files = new Map(manifest.entries.map(({path, digest}) => [path, bytesOf(rig, digest)]));
  for (const [step, chain] of chains.entries()) {
    const state = files.get(statePath(step));
    // As text: Python spells numbers otherwise.
    const changed = state === undefined ? undefined : String(state).replace(before[step] ?? '', chain);
    if (changed !== undefined) files.set(statePath(step), Buffer.from(changed));
  }
  change?.(files);
  receipt.outputs.boundaries = putTree(rig, files);
}

function bytesOf(rig: Rig, digest: Digest): Uint8Array {
  return readFileSync(objectPath(rig.layout, digest));
}

function putTree(rig: Rig, files: ReadonlyMap<string, Uint8Array>) {
  const entries = [...files].map(
    ([path, bytes]): TreeEntry => ({path, size: bytes.length, executable: false, digest: put(rig, bytes)}),
  );
  const manifest = manifestOf(entries);
  put(rig, encodeManifest(manifest));
  return treeOf(manifest);
}

function put(rig: Rig, bytes: Uint8Array | string): Digest {
  const digest = digestOfBytes(bytes);
  const path = objectPath(rig.layout, digest);
  if (existsSync(path)) return digest;
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, bytes);
  chmodSync(path, 0o444);
  return digest;
}

/** The name of a tensor's file in a boundaries tree. */
export function tensorPath(bytes: Uint8Array): string {
  const hex = hexOf(digestOfBytes(bytes));
  return `tensors/${hex.slice(0, 2)}/${hex}`;
}
