import type {RunRecord2} from '../../schemas/run-record.ts';
import {plural} from '../words/quantity-text.ts';
import {doneStages} from './done-stages.ts';
import {trueClass, trueKey} from './receipt-identity.ts';
import {type AuditRow, judge} from './row.ts';

/** Hashes every key document to its key again, and the facts of every machine to their class. */
export function checkKeys(record: RunRecord2): AuditRow {
  const stages = doneStages(record);
  const findings = stages.flatMap(({name, receipt}) => {
    const found: string[] = [];
    if (trueKey(receipt) !== receipt.key) found.push(`${name}: its key document hashes to another key`);
    if (trueClass(receipt) !== receipt.hardware.digest)
      found.push(`${name}: its hardware facts hash to another class`);
    return found;
  });
  const classes = new Set(stages.map(({receipt}) => receipt.hardware.digest)).size;
  const of = classes === 1 ? 'one hardware class' : `${classes} hardware classes`;
  return judge(
    'keys',
    findings,
    `${plural(stages.length, 'key document')} hashed again to the same keys, on ${of}`,
  );
}
