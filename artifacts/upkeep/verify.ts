import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {quarantine} from '../disk/quarantine.ts';
import type {OpenStore} from '../open-store.ts';
import {digestsOf} from '../receipts/receipt-store.ts';
import type {ArtifactStore} from '../store.ts';
import {StoreError} from '../store-error.ts';
import {readManifest} from '../trees/materialise.ts';
import {type CheckedObject, checkObjects} from './check-objects.ts';

/** What is wrong with a store, by name. `kind` decides the exit code's part. */
export type Finding =
  | {
      readonly kind: 'corrupt';
      readonly what: 'object';
      readonly digest: Digest;
      readonly actual: Digest;
      readonly file: string;
    }
  | {readonly kind: 'corrupt'; readonly what: 'manifest'; readonly digest: Digest; readonly why: string}
  | {readonly kind: 'corrupt'; readonly what: 'receipt'; readonly file: string; readonly why: string}
  /** Named by a receipt, and not there (or, just now, found corrupt). */
  | {
      readonly kind: 'missing';
      readonly what: 'bytes';
      readonly digest: Digest;
      readonly key: Digest;
      readonly as: string;
    }
  | {
      readonly kind: 'other';
      readonly what: 'unreadable' | 'stray';
      readonly file: string;
      readonly why: string;
    };

export interface VerifyOptions {
  /** Moves what is corrupt to quarantine, and receipts that name what is missing: the next run makes it anew. */
  readonly repair?: boolean;
}

/**
 * Hashes every object, trusting no stat, then checks every receipt, every manifest it names and that all
 * the bytes are there. In constant memory but for the digests found corrupt.
 */
export async function* verifyStore(
  {layout, artifacts, receipts}: OpenStore,
  {repair = false}: VerifyOptions = {},
): AsyncGenerator<Finding, void> {
  const corrupt = new Set<Digest>();
  for await (const checked of checkObjects(layout)) {
    const finding = findingOf(checked);
    if (finding === undefined) continue;
    if (checked.state === 'corrupt') corrupt.add(checked.digest);
    if (checked.state === 'corrupt' && repair) quarantine(layout, checked.file, 'object');
    yield finding;
  }
  for await (const found of receipts.all()) {
    const findings =
      found.state === 'damaged'
        ? [damagedReceipt(found)]
        : await checkReceipt(artifacts, corrupt, found.receipt);
    yield* findings;
    if (repair && findings.length > 0) quarantine(layout, found.file, 'receipt');
  }
}

/** Zero for a sound store; 1 for corrupt, 2 for missing, 4 for other trouble, added up. */
export function exitSum(findings: Iterable<Finding>): number {
  const part = {corrupt: 1, missing: 2, other: 4};
  let sum = 0;
  for (const finding of findings) sum |= part[finding.kind];
  return sum;
}

function findingOf(checked: CheckedObject): Finding | undefined {
  switch (checked.state) {
    case 'sound':
      return undefined;
    case 'corrupt':
      return {
        kind: 'corrupt',
        what: 'object',
        digest: checked.digest,
        actual: checked.actual,
        file: checked.file,
      };
    case 'unreadable':
    case 'stray':
      return {kind: 'other', what: checked.state, file: checked.file, why: checked.why};
  }
}

function damagedReceipt({file, why}: {readonly file: string; readonly why: string}): Finding {
  return {kind: 'corrupt', what: 'receipt', file, why};
}

async function checkReceipt(
  store: ArtifactStore,
  corrupt: ReadonlySet<Digest>,
  receipt: Receipt,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const absent = new Set([...(await store.missing(digestsOf(receipt)))]);
  const isGone = (digest: Digest) => absent.has(digest) || corrupt.has(digest);
  const report = (digest: Digest, as: string) =>
    findings.push({kind: 'missing', what: 'bytes', digest, key: receipt.key, as});
  for (const [name, artifact] of Object.entries(receipt.outputs)) {
    if (isGone(artifact.digest)) report(artifact.digest, `outputs.${name}`);
    else if (artifact.type === 'tree')
      findings.push(...(await checkTree(store, corrupt, receipt.key, name, artifact)));
  }
  const {metrics, log} = receipt.execution;
  if (metrics !== null && isGone(metrics)) report(metrics, 'metrics');
  if (log !== null && isGone(log)) report(log, 'log');
  return findings;
}

async function checkTree(
  store: ArtifactStore,
  corrupt: ReadonlySet<Digest>,
  key: Digest,
  name: string,
  tree: Artifact & {readonly type: 'tree'},
): Promise<readonly Finding[]> {
  try {
    const {entries} = await readManifest(store, tree);
    const absent = await store.missing(entries.map((entry) => entry.digest));
    return entries
      .filter(({digest}) => absent.has(digest) || corrupt.has(digest))
      .map(({digest, path}) => ({
        kind: 'missing',
        what: 'bytes',
        digest,
        key,
        as: `outputs.${name}/${path}`,
      }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [{kind: 'corrupt', what: 'manifest', digest: tree.digest, why: error.message}];
  }
}
