import {inParallel} from '../../artifacts/at-a-time.ts';
import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {receiptKey} from '../../artifacts/bucket/bucket-layout.ts';
import {compareReceipts} from '../../artifacts/receipt-store.ts';
import {encodeReceipt, parseReceipt, RECEIPT_LIMIT} from '../../artifacts/receipts/parse-receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {type DoneStage, doneStages} from './done-stages.ts';
import {readSmall} from './read-small.ts';
import {type AuditRow, fail, notChecked, nothingThere, pass} from './row.ts';

/** Whether the receipts that lie in the bucket, which others reuse results by, agree with the record. */
export async function checkReceipts(bucket: ReadableBucket, record: RunRecord2): Promise<AuditRow> {
  const stages = doneStages(record);
  if (stages.length === 0) return nothingThere('receipts', 'no stage has a result');
  const wrong: string[] = [];
  const others: string[] = [];
  await inParallel(stages, 8, async (stage) => {
    const {state, why} = await judgeOne(bucket, stage);
    if (state === 'wrong') wrong.push(`${stage.name}: ${why}`);
    if (state === 'other') others.push(`${stage.name}: ${why}`);
  });
  if (wrong.length > 0) return fail('receipts', wrong.sort());
  const [other] = others.sort();
  if (other === undefined) return pass('receipts', `${stages.length} in the bucket are those of the record`);
  return notChecked('receipts', others.length === 1 ? other : `${other} (and ${others.length - 1} more)`);
}

interface Judged {
  /** `other`: honest perhaps, for another machine may have been first with the same result; not the record's. */
  readonly state: 'same' | 'other' | 'wrong';
  readonly why: string;
}

async function judgeOne(bucket: ReadableBucket, {receipt}: DoneStage): Promise<Judged> {
  const key = receiptKey(receipt.key, receipt.hardware.digest);
  const bytes = await readSmall(bucket, key, RECEIPT_LIMIT);
  if (bytes === 'absent') return {state: 'other', why: 'the bucket has no receipt of it'};
  if (bytes === 'too-large') return {state: 'wrong', why: 'its receipt in the bucket is too large'};
  if (encodeReceipt(receipt).equals(bytes)) return {state: 'same', why: ''};
  const parsed = parseReceipt(bytes);
  if (!parsed.ok) return {state: 'wrong', why: `its receipt in the bucket is none: ${parsed.error}`};
  const {key: found, hardware} = parsed.value;
  if (found !== receipt.key || hardware.digest !== receipt.hardware.digest)
    return {state: 'wrong', why: 'its receipt in the bucket is another’s'};
  const compared = compareReceipts(parsed.value, receipt);
  if (compared.state !== 'nondeterminism')
    return {state: 'other', why: 'its receipt in the bucket is of another execution, with the same results'};
  return {state: 'wrong', why: `the receipt in the bucket has other ${compared.differing.join(', ')}`};
}
