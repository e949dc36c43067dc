import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {
  type IdentifiedRun,
  runStatement,
  runStatement1,
  stageStatement,
  statementBytes,
} from '../attest/statements.ts';
import type {SignedPublication} from './check-signature.ts';
import {doneStages} from './done-stages.ts';
import {type AuditRow, judge} from './row.ts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/**
 * Makes every statement again from the record, and compares: what was signed of a stage (subjects, inputs, params,
 * hardware) must be what the record says, all of it must be there, and nothing besides.
 */
export function checkStatements(
  {publication, digest, envelopes}: SignedPublication,
  record: RunRecord2,
): AuditRow {
  const run = {record, digest: publication.run.digest};
  const signed = new Set<Digest>(envelopes.map(({payload}) => digestOfBytes(payload)));
  const listed = new Map(Object.entries(publication.statements));
  const findings: string[] = [];
  const expected = new Set<Digest>([wholeOf(run, publication, signed)]);
  for (const {name, receipt} of doneStages(record)) {
    const made = digestOfBytes(statementBytes(stageStatement(run, name, receipt)));
    expected.add(made);
    const claimed = listed.get(name);
    if (claimed === undefined) findings.push(`${name}: the publication lists no statement of it`);
    else if (claimed !== made) findings.push(`${name}: its statement says something else than the record`);
    if (!signed.has(claimed ?? made)) findings.push(`${name}: its statement is not among the attestations`);
    listed.delete(name);
  }
  for (const name of listed.keys()) findings.push(`${name}: has a statement, and no result in the record`);
  const [whole] = expected;
  if (whole !== undefined && !signed.has(whole))
    findings.push(
      `the statement of the run as a whole is not among the attestations (publication ${digest})`,
    );
  for (const made of signed)
    if (!expected.has(made)) findings.push(`${made} is signed, and says nothing of this run`);
  for (const {payloadType} of envelopes)
    if (payloadType !== PAYLOAD_TYPE) findings.push(`an envelope is of the type ${payloadType.slice(0, 80)}`);
  return judge('statements', findings, `${expected.size} statements, each as the record says`);
}

/** In the format in which it was signed: what was published by an older repro stays what it is. */
function wholeOf(run: IdentifiedRun, publication: Publication, signed: ReadonlySet<Digest>): Digest {
  const [now, before] = [runStatement, runStatement1].map((make) =>
    digestOfBytes(statementBytes(make(run, publication))),
  );
  if (now === undefined) throw new Error('a run has a statement');
  return before !== undefined && !signed.has(now) && signed.has(before) ? before : now;
}
