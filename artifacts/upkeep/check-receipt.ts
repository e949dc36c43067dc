import type {TreeArtifact, TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {type Receipt, traceOf} from '../../schemas/receipt.ts';
import {digestsOf} from '../receipt-store.ts';
import type {ArtifactStore} from '../store.ts';
import {StoreError} from '../store-error.ts';
import {readManifest} from '../trees/materialise.ts';
import type {Finding} from './finding.ts';

/** Told of every manifest that is read: whoever mends finds its files by it. */
export type Learn = (manifest: TreeManifest) => void;

/** Whether all that a receipt names is there; `corrupt`: what was just found not to be. */
export async function checkReceipt(
  store: ArtifactStore,
  corrupt: ReadonlySet<Digest>,
  receipt: Receipt,
  learn: Learn = () => undefined,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const absent = new Set([...(await store.missing(digestsOf(receipt)))]);
  const isGone = (digest: Digest) => absent.has(digest) || corrupt.has(digest);
  const report = (digest: Digest, as: string) =>
    findings.push({kind: 'missing', what: 'bytes', digest, key: receipt.key, as});
  for (const [name, artifact] of Object.entries(receipt.outputs)) {
    if (isGone(artifact.digest)) report(artifact.digest, `outputs.${name}`);
    else if (artifact.type === 'tree')
      findings.push(...(await checkTree(store, corrupt, receipt.key, {name, artifact, learn})));
  }
  const {metrics, log} = receipt.execution;
  for (const [as, digest] of Object.entries({metrics, log, trace: traceOf(receipt)})) {
    if (digest !== null && isGone(digest)) report(digest, as);
  }
  return findings;
}

async function checkTree(
  store: ArtifactStore,
  corrupt: ReadonlySet<Digest>,
  key: Digest,
  {
    name,
    artifact: tree,
    learn,
  }: {readonly name: string; readonly artifact: TreeArtifact; readonly learn: Learn},
): Promise<readonly Finding[]> {
  try {
    const manifest = await readManifest(store, tree);
    learn(manifest);
    const {entries} = manifest;
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
