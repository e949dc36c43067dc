import {join} from 'node:path';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {openMemoryStore} from '../../../artifacts/memory/open-memory-store.ts';
import type {ArtifactStore} from '../../../artifacts/store.ts';
import {aReceipt} from '../../../artifacts/testing/a-receipt.ts';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {encodeManifest, manifestOf, treeOf} from '../../../artifacts/trees/manifest.ts';
import type {BlobArtifact, TreeArtifact} from '../../../schemas/artifact.ts';
import type {KeyDocument, Receipt, Receipt2} from '../../../schemas/receipt.ts';
import type {RunRecord} from '../../../schemas/run-record.ts';
import {diffText} from '../../report/diff-text.ts';
import {plainStyle} from '../../report/style.ts';
import {ArtifactReader} from '../artifact-reader.ts';
import {explainReceipts, isSameReceipts} from '../runs/compare-receipts.ts';
import {compareRuns, isSameBits} from '../runs/compare-runs.ts';

/** A store that remembers what tests put into it. */
export class Bench {
  readonly store: ArtifactStore = openMemoryStore().artifacts;

  blob(text: string): Promise<BlobArtifact> {
    return this.store.write(Buffer.from(text));
  }

  async tree(files: Readonly<Record<string, string>>): Promise<TreeArtifact> {
    const entries = [];
    for (const [path, text] of Object.entries(files)) {
      const {digest, size} = await this.blob(text);
      entries.push({path, digest, size, executable: false});
    }
    const manifest = manifestOf(entries);
    await this.store.write(encodeManifest(manifest));
    return treeOf(manifest);
  }

  async told(a: RunRecord, b: RunRecord): Promise<string> {
    using reader = this.room();
    const found = await compareRuns(a, b, reader);
    return `${diffText(found, ['one', 'two'], plainStyle)}[${isSameBits(found) ? 'same bits' : 'other bits'}]`;
  }

  async toldOfStages(a: Receipt, b: Receipt): Promise<string> {
    using reader = this.room();
    const found = await explainReceipts(a, b, reader);
    return `${diffText(found, ['one', 'two'], plainStyle)}[${isSameReceipts(found) ? 'same bits' : 'other bits'}]`;
  }

  room(): ArtifactReader {
    const folder = join(temporaryDirectory(), 'room');
    return new ArtifactReader(async () => ({store: this.store, folder}));
  }
}

type Stages = Readonly<Record<string, Receipt>>;

export function aRun(stages: Stages, more: Partial<RunRecord> = {}): RunRecord {
  return {
    run: 1,
    pipeline: {name: 'tiny', profile: 'default', params: {}, seed: 1, text: digestOfBytes('p.yaml')},
    startedAt: '2026-01-02T03:04:05Z',
    seconds: 9,
    git: {commit: 'a'.repeat(40), clean: true, remote: null},
    outcome: 'succeeded',
    stages: Object.entries(stages).map(([name, receipt]) => ({name, state: 'executed', receipt})),
    ...more,
  } as RunRecord;
}

interface Change {
  readonly document?: Partial<KeyDocument>;
  readonly execution?: Partial<Receipt2['execution']>;
  readonly facts?: Readonly<Record<string, string>>;
  readonly values?: Receipt['values'];
}

/** A stage's receipt with one output, `out`, that holds this text. */
export async function stage(bench: Bench, text: string, change: Change = {}): Promise<Receipt> {
  const {document, execution, facts = {'cpu.level': 'x86-64-v3', libc: 'glibc 2.36'}, values = {}} = change;
  const receipt = aReceipt({out: await bench.blob(text)}, {facts, values});
  return {
    ...receipt,
    receipt: 2,
    document: {...receipt.document, inputs: {}, ...document},
    execution: {...receipt.execution, trace: null, interruptions: [], ...execution},
  };
}
