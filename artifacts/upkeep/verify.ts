import {chmodSync} from 'node:fs';
import type {TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {quarantine} from '../disk/quarantine.ts';
import {OBJECT_MODE} from '../disk/verified-objects.ts';
import type {FoundReceipt} from '../receipt-store.ts';
import {errnoOf} from '../store-error.ts';
import {type CheckedObject, checkObjects} from './check-objects.ts';
import {checkReceipt} from './check-receipt.ts';
import type {Finding} from './finding.ts';

export {exitSum, type Finding} from './finding.ts';

export interface VerifyStoreOptions {
  /** Moves what is corrupt to quarantine, and receipts that name what is missing: the next run makes it anew. */
  readonly repair?: boolean;
  /** With `repair`: another store, that may have what is damaged or missing here. Asked before a receipt goes. */
  readonly healer?: Healer;
}

export interface Healer {
  /** Brings objects, and says which it brought. */
  heal(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
  learn(manifest: TreeManifest): void;
}

/**
 * Hashes every object, trusting no stat, then checks every receipt, every manifest it names and that all
 * the bytes are there. In constant memory but for the digests found corrupt.
 */
export async function* verifyStore(
  store: OpenStore,
  {repair = false, healer: given = NOTHING_HEALS}: VerifyStoreOptions = {},
): AsyncGenerator<Finding, void> {
  const {layout, receipts} = store;
  const healer = repair ? given : NOTHING_HEALS;
  const corrupt = new Set<Digest>();
  for await (const checked of checkObjects(layout)) {
    const finding = findingOf(checked);
    if (finding === undefined) continue;
    if (finding.kind !== 'corrupt' || finding.what !== 'object') {
      yield repair && finding.kind === 'other' ? withRightMode(finding) : finding;
      continue;
    }
    if (repair) quarantine(layout, finding.file, 'object');
    const healed = (await healer.heal([finding.digest])).has(finding.digest);
    if (!healed) corrupt.add(finding.digest);
    yield healed ? {...finding, healed} : finding;
  }
  for await (const found of receipts.all()) {
    const findings = await receiptFindings(store, corrupt, found, healer);
    yield* findings;
    if (repair && findings.some((finding) => !('healed' in finding)))
      quarantine(layout, found.file, 'receipt');
  }
}

const NOTHING_HEALS: Healer = {heal: async () => new Set(), learn: () => undefined};

async function receiptFindings(
  {artifacts}: OpenStore,
  corrupt: ReadonlySet<Digest>,
  found: FoundReceipt,
  healer: Healer,
): Promise<readonly Finding[]> {
  if (found.state === 'damaged') return [damagedReceipt(found)];
  const look = async () => {
    const findings = await checkReceipt(artifacts, corrupt, found.receipt, (manifest) =>
      healer.learn(manifest),
    );
    const digests = findings.flatMap((finding) => (finding.kind === 'missing' ? [finding.digest] : []));
    const healed = await healer.heal(digests);
    return findings.map((finding) =>
      isHealed(finding, healed) ? {...finding, healed: true as const} : finding,
    );
  };
  const first = await look();
  const mended = first.filter((finding) => 'healed' in finding);
  // A manifest that came back names files that may be missing in their turn.
  return mended.length === 0 ? first : [...mended, ...(await look())];
}

function isHealed(finding: Finding, healed: ReadonlySet<Digest>): boolean {
  return finding.kind === 'missing' && healed.has(finding.digest);
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
    case 'mode':
    case 'unreadable':
    case 'stray':
      return {kind: 'other', what: checked.state, file: checked.file, why: checked.why};
  }
}

type Other = Extract<Finding, {kind: 'other'}>;

/** Bytes that are right under a mode that is not: the mode is all that has to be mended. */
function withRightMode(finding: Other): Other {
  if (finding.what !== 'mode') return finding;
  try {
    chmodSync(finding.file, OBJECT_MODE);
    return {...finding, healed: true};
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return finding;
  }
}

function damagedReceipt({file, why}: {readonly file: string; readonly why: string}): Finding {
  return {kind: 'corrupt', what: 'receipt', file, why};
}
