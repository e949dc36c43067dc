import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {replayKey} from '../../artifacts/bucket/bucket-layout.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {ReplayReport} from '../../schemas/verdict.ts';
import {type Envelope, parseEnvelope, verifyEnvelope} from '../attest/dsse.ts';
import {parseReplayStatement} from '../attest/replay-statement.ts';
import type {TrustedKey} from '../attest/signer.ts';
import {plural} from '../words/quantity-text.ts';
import {readSmall} from './read-small.ts';
import {type AuditRow, fail, notChecked, pass} from './row.ts';

/** So many are looked at; whoever adds more wants to be a nuisance. */
const MOST = 1000;
const LIMIT = 64 * 2 ** 20;

export interface ReplaysQuestion {
  readonly bucket: ReadableBucket;
  readonly publication: Digest;
  readonly run: Digest;
  readonly keys: readonly TrustedKey[];
  readonly variables: Readonly<Record<string, string | undefined>>;
}

interface Believed {
  readonly by: string;
  readonly report: ReplayReport;
}

/**
 * What others found who ran this again, and signed it. Anybody may have added a file here: only what a chosen key
 * signed counts, the rest is counted.
 */
export async function checkReplays(question: ReplaysQuestion): Promise<AuditRow> {
  const believed: Believed[] = [];
  let others = 0;
  for (let number = 1; number <= MOST; number++) {
    const bytes = await readSmall(question.bucket, replayKey(question.publication, number), LIMIT);
    if (bytes === 'absent') break;
    const found = bytes === 'too-large' ? undefined : await believe(bytes, question);
    if (found === undefined) others++;
    else believed.push(found);
  }
  return judged(believed, others);
}

async function believe(
  bytes: Uint8Array,
  {keys, run, variables}: ReplaysQuestion,
): Promise<Believed | undefined> {
  const envelope = envelopeOf(bytes);
  if (envelope === undefined) return undefined;
  const verified = await verifyEnvelope(envelope, keys, variables);
  if (!verified.ok) return undefined;
  const statement = parseReplayStatement(verified.value.payload);
  if (!statement.ok || statement.value.predicate.replay.run !== run) return undefined;
  const by = verified.value.signers.map(({name}) => name).join(' and ');
  return {by, report: statement.value.predicate.replay};
}

function envelopeOf(bytes: Uint8Array): Envelope | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const parsed = parseEnvelope(Buffer.from(text.endsWith('\n') ? text.slice(0, -1) : text, 'latin1'));
  return parsed.ok ? parsed.value : undefined;
}

function judged(believed: readonly Believed[], others: number): AuditRow {
  const strangers = others === 0 ? '' : `; ${plural(others, 'other')} by keys that you have not chosen`;
  const denials = believed.flatMap(denialsOf);
  if (denials.length > 0) return fail('attested', denials);
  if (believed.length > 0) return pass('attested', believed.map(wordsOf).join('; ') + strangers);
  const why =
    others === 0 ? 'nobody has added one' : `${plural(others, 'replay')} by keys that you have not chosen`;
  return notChecked('attested', why, 'run it again yourself: repro replay; sign that with repro attest');
}

function denialsOf({by, report}: Believed): readonly string[] {
  return report.stages.flatMap((stage) =>
    stage.verdict === 'different' && !stage.anotherClass
      ? [
          `${by} ran ${stage.stage} again on the same class of hardware, and got other ${stage.differing.join(', ')}`,
        ]
      : [],
  );
}

/** `grace agrees on 15 of 15 stages (cpu.level x86-64-v3 (portable), libc glibc 2.36)` */
function wordsOf({by, report}: Believed): string {
  const exact = report.stages.filter(({verdict}) => verdict === 'exact').length;
  const facts = Object.entries(report.facts).map(([name, value]) => `${name} ${value}`);
  return `${by} agrees on ${exact} of ${report.stages.length} stages (${facts.join(', ')})`;
}
