import {digestOfBytes} from '../../artifacts/hashing.ts';
import {type Digest, shortDigest} from '../../schemas/digest.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {doneStages} from './done-stages.ts';
import type {PublishedCode} from './published-code.ts';
import {type AuditRow, fail, notChecked, nothingThere, pass} from './row.ts';

/**
 * Whether the environment of every stage can be built again to the same files: its lock is published, and each
 * requirement in it has hashes. `faultOfLock` gives the first line that can’t be built by anybody, and why.
 */
export function checkLocks(
  record: RunRecord2,
  source: PublishedCode | undefined,
  faultOfLock: (lock: Uint8Array) => string | undefined,
): AuditRow {
  if (source === undefined) return notChecked('locks', 'the pipeline’s files can’t be read');
  const files = new Map(
    [...source.files].map(([path, bytes]) => [digestOfBytes(bytes), {path, bytes}] as const),
  );
  const {locked, bare} = locksOf(record);
  const findings: string[] = [];
  for (const [lock, stages] of locked) {
    const file = files.get(lock);
    if (file === undefined) {
      findings.push(`${stages[0]}: its lock ${shortDigest(lock)} is not among the published files`);
      continue;
    }
    const fault = faultOfLock(file.bytes);
    if (fault !== undefined) findings.push(`${file.path}:${fault}`);
  }
  if (findings.length > 0) return fail('locks', findings);
  if (locked.size + bare.length === 0) return nothingThere('locks', 'no stage ran');
  if (bare.length === 0) return pass('locks', `${locked.size} published, every requirement with its hashes`);
  const why = `${bare.length} stages ran in whatever their machine had, which nobody can build again`;
  return {...notChecked('locks', why), required: false};
}

function locksOf(record: RunRecord2) {
  const locked = new Map<Digest, readonly string[]>();
  const bare: string[] = [];
  for (const {name, receipt} of doneStages(record)) {
    const {environment} = receipt.document;
    if (environment.type === 'host') bare.push(name);
    else locked.set(environment.lock, [...(locked.get(environment.lock) ?? []), name]);
  }
  return {locked, bare};
}
