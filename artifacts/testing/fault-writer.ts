import {createHash} from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {dirname} from 'node:path';
import type {OpenStore} from '../disk/local-store.ts';
import {digestOfBytes} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import {openStore} from '../open/open-store.ts';
import {StoreError} from '../store-error.ts';
import {ingestTree} from '../trees/ingest.ts';
import {aReceipt} from './a-receipt.ts';

export interface FaultWriterOptions {
  readonly directory: string;
  readonly owner: string;
  readonly seed: number;
  /** How many rounds; a round writes a few objects, a tree and a receipt. */
  readonly rounds: number;
  /** The last two are what a store must not do: controls that show that a test can see damage. */
  readonly protocol: 'store' | 'in place' | 'ignoring short writes';
  /** Writes that are all started before the first is done. */
  readonly atOnce: number;
}

/**
 * The program that fault tests kill, starve and cut off: it says `ack <digest>` on standard output when
 * the store has promised something, and `fail <code>` when it has refused to.
 */
export async function writeUnderFaults(options: FaultWriterOptions): Promise<void> {
  const store = await openStore(options);
  say('ready');
  for (let round = 0; round < options.rounds; round++) {
    if (options.protocol === 'store') await writeRound(store, options, round);
    else if (options.protocol === 'in place') writeInPlace(store, options.seed, round);
    else await attempt(async () => writeShort(store, options.seed, round));
  }
  const many = Array.from({length: options.atOnce}, (_, at) => writeAndSay(store, `${options.seed} ${at}`));
  await Promise.all(many.map((writing) => attempt(() => writing)));
  say('done');
}

async function writeRound(store: OpenStore, {directory, owner, seed}: FaultWriterOptions, round: number) {
  // Every second object is one that another writer writes too.
  for (const name of [`shared ${round}`, `${seed} ${round}`]) {
    await attempt(() => writeAndSay(store, name));
  }
  await attempt(async () => {
    const folder = `${directory}/../outputs-${owner}-${seed}-${round}`;
    mkdirSync(`${folder}/sub`, {recursive: true});
    for (const file of ['a', 'b', 'sub/c'])
      writeFileSync(`${folder}/${file}`, bytesOf(`${file} ${round % 3}`));
    const tree = await ingestTree(store.artifacts, folder, {mode: round % 2 === 0 ? 'link' : 'copy'});
    if (!tree.ok) throw new Error(tree.error.code);
    say(`ack ${tree.value.digest}`);
    const receipt = aReceipt({model: tree.value}, {kind: `kind${round}`});
    const put = await store.receipts.put(receipt);
    say(`receipt ${put.state} ${receipt.key}`);
  });
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof StoreError) say(`fail ${error.code}`);
    else if (error instanceof Error && 'code' in error) say(`fail outside ${error.code}`);
    else throw error;
  }
}

async function writeAndSay(store: OpenStore, name: string): Promise<void> {
  const {digest} = await store.artifacts.write(bytesOf(name));
  say(`ack ${digest}`);
}

function writeInPlace(store: OpenStore, seed: number, round: number): void {
  const bytes = bytesOf(`${seed} ${round}`);
  const digest = digestOfBytes(bytes);
  const path = objectPath(store.layout, digest);
  mkdirSync(dirname(path), {recursive: true});
  const descriptor = openSync(path, 'w');
  for (let at = 0; at < bytes.length; at += 512)
    writeSync(descriptor, bytes, at, Math.min(512, bytes.length - at));
  say(`ack ${digest}`);
}

/** The whole protocol, but for the loop: on a full disk `write` writes less and reports no error. */
function writeShort(store: OpenStore, seed: number, round: number): void {
  const bytes = bytesOf(`${seed} ${round}`);
  const digest = digestOfBytes(bytes);
  const path = objectPath(store.layout, digest);
  const temporary = `${store.layout.temporary}/${seed}-${round}`;
  mkdirSync(dirname(path), {recursive: true});
  const descriptor = openSync(temporary, 'wx');
  try {
    writeSync(descriptor, bytes);
    fsyncSync(descriptor);
    linkSync(temporary, path);
    say(`ack ${digest}`);
  } finally {
    closeSync(descriptor);
    unlinkSync(temporary);
  }
}

/** Between 1 and 200 kB that depend on the name alone. */
function bytesOf(name: string): Buffer {
  const hash = createHash('sha256').update(name).digest();
  return Buffer.alloc(1000 + (hash.readUInt32LE() % 200_000), hash);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
