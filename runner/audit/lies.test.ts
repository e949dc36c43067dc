import {describe, expect, test} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {keyOf} from '../../artifacts/receipts/key-of.ts';
import type {KeyDocument, Receipt} from '../../schemas/receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {aPublication, type Liberties, testSigner} from './testing/a-publication.ts';
import {auditIt, complaints} from './testing/audit-it.ts';

/** What an author could sign who lies: every signature and digest is right, and what they say is not. */
const LIES: Readonly<Record<string, readonly [Liberties, string]>> = {
  'a key that is not that of its document': [
    {record: (record) => receiptOf(record, 'train', (receipt) => ({...receipt, key: digestOfBytes('x')}))},
    'keys fail: train: its key document hashes to another key',
  ],
  'hardware that hashes to another class': [
    {
      record: (record) =>
        receiptOf(record, 'train', (receipt) => ({
          ...receipt,
          hardware: {...receipt.hardware, facts: {cpu: 'x86-64-v4'}},
        })),
    },
    'keys fail: train: its hardware facts hash to another class',
  ],
  'another learning rate than the pipeline has': [
    {record: (record) => documentOf(record, 'train', (document) => ({...document, params: {rate: 0.1}}))},
    'plan fail: train: params.rate is 0.1, the pipeline says 0.5',
  ],
  'another command than the pipeline has': [
    {
      record: (record) =>
        documentOf(record, 'judge', (document) => ({...document, command: ['python', 'cheat.py']})),
    },
    'plan fail: judge: command[1] is "cheat.py", the pipeline says "stage/main.py"',
  ],
  'a network where none was asked for': [
    {record: (record) => documentOf(record, 'train', (document) => ({...document, network: true}))},
    'plan fail: train: network is true, the pipeline says false',
  ],
  'an input that nobody made': [
    {
      record: (record) =>
        documentOf(record, 'train', (document) => ({...document, inputs: {words: digestOfBytes('secret')}})),
    },
    `graph fail: train: nobody made its input words (${digestOfBytes('secret')})`,
  ],
  'stages in an order that could not be': [
    {record: (record) => ({...record, stages: [...record.stages].reverse()})},
    'graph fail: judge: nobody made its input model',
  ],
  'code that is not published': [
    {
      record: (record) =>
        documentOf(record, 'train', (document) => ({...document, code: digestOfBytes('other')})),
    },
    'code fail: train: ran code that is not published',
  ],
  'another SDK': [
    {
      record: (record) =>
        documentOf(record, 'train', (document) => ({...document, sdk: digestOfBytes('other')})),
    },
    'code fail: train: ran with another SDK',
  ],
  'a lock that is not published': [
    {
      record: (record) =>
        documentOf(record, 'train', (document) => ({
          ...document,
          environment: {type: 'python', lock: digestOfBytes('other'), python: '3.11.2'},
        })),
    },
    'locks fail: train: its lock',
  ],
  'a requirement without a hash': [
    {files: {'bare.lock.txt': 'tiny==1.0\n'}, record: (record) => withLock(record, 'tiny==1.0\n')},
    'locks fail: bare.lock.txt:1: this requirement has no --hash, so the lock does not say which bytes to install',
  ],
  'an output that is not there': [
    {
      record: (record) =>
        receiptOf(record, 'words', (receipt) => ({
          ...receipt,
          outputs: {out: {type: 'blob', digest: digestOfBytes('gone'), size: 4}},
        })),
    },
    'artifacts fail: words.out: it is not there',
  ],
  'a size that is not so': [
    {
      record: (record) =>
        receiptOf(record, 'words', ({outputs, ...receipt}) => ({
          ...receipt,
          outputs: {out: {...one(outputs.out), size: 9}},
        })),
    },
    'artifacts fail: words.out: objects/v1/07/07eacbbdc4a9e715806843e0d5eab35af2b103ee8ab616177f5e49388b0fd730 has 7 bytes where 9 are expected',
  ],
  'a size that is too small': [
    {
      record: (record) =>
        receiptOf(record, 'words', ({outputs, ...receipt}) => ({
          ...receipt,
          outputs: {out: {...one(outputs.out), size: 3}},
        })),
    },
    'artifacts fail: words.out: objects/v1/07/07eacbbdc4a9e715806843e0d5eab35af2b103ee8ab616177f5e49388b0fd730 has 7 bytes where 3 are expected',
  ],
  'an output that was not declared': [
    {
      record: (record) =>
        receiptOf(record, 'words', (receipt) => ({
          ...receipt,
          outputs: {...receipt.outputs, more: one(receipt.outputs.out)},
        })),
    },
    'graph fail: words: declares no output more',
  ],
  'a value of another type': [
    {record: (record) => receiptOf(record, 'judge', (receipt) => ({...receipt, values: {score: 'great'}}))},
    'graph fail: judge: its value score is no number',
  ],
  'a run that failed': [
    {
      record: (record) => ({
        ...record,
        outcome: 'failed',
        stages: record.stages.map((stage) =>
          stage.name === 'judge'
            ? {name: 'judge', state: 'failed', failure: {code: 'exited', exitCode: 1}}
            : stage,
        ),
      }),
    },
    'graph fail: judge has no result: it was failed',
  ],
  'a profile that there is not': [
    {record: (record) => ({...record, pipeline: {...record.pipeline, profile: 'paper'}})},
    'plan fail: the published pipeline can’t be planned: there is no profile `paper`',
  ],
  'params that it was not given': [
    {record: (record) => ({...record, pipeline: {...record.pipeline, params: {rate: 9}}})},
    'plan fail: its params are not those of the run',
  ],
  'overrides that it was not given': [
    {record: (record) => ({...record, pipeline: {...record.pipeline, overrides: ['rate=9']}})},
    'plan fail: its params are not those of the run',
  ],
  'another pipeline file': [
    {record: (record) => ({...record, pipeline: {...record.pipeline, text: digestOfBytes('other')}})},
    'source fail: p.yaml is not the pipeline file that the record names',
  ],
  'a stage that the pipeline has not': [
    {
      record: (record) => ({
        ...record,
        stages: record.stages.map((stage) => (stage.name === 'judge' ? {...stage, name: 'acquit'} : stage)),
      }),
    },
    'plan fail: acquit: the pipeline has no such stage',
  ],
  'a run of another name': [
    {publication: (publication) => ({...publication, name: 'other'})},
    'record fail: the run is of tiny, not of other',
  ],
  'a size of the record that is not so': [
    {publication: (publication) => ({...publication, run: {...publication.run, size: 1}})},
    'record fail: the run record has',
  ],
  'a statement that is left out': [
    {withoutStatement: 'judge'},
    'statements fail: judge: its statement is not among the attestations',
  ],
  'a statement of something else': [
    {
      publication: (publication) => ({
        ...publication,
        statements: {...publication.statements, judge: digestOfBytes('x')},
      }),
    },
    'statements fail: judge: its statement says something else than the record',
  ],
  'a stage without a statement': [
    {
      publication: ({statements: {judge: _, ...statements}, ...publication}) => ({
        ...publication,
        statements,
      }),
    },
    'statements fail: judge: the publication lists no statement of it',
  ],
  'somebody else’s name': [
    {publication: (publication) => ({...publication, signer: testSigner('grace').key.id})},
    'newest',
  ],
};

describe('a lie that its author signed is caught and named', () => {
  test.for(Object.entries(LIES))('%s', async ([name, [liberties, expected]]) => {
    const published = await aPublication(liberties);
    const report = await auditIt(published);
    if (expected === 'newest') {
      // Signed by a key that was chosen, so it is vouched for; but never remembered as the other signer's.
      expect(report.rows.find(({check}) => check === 'signature')?.why).toContain('you did not choose');
      return;
    }
    const failed = report.rows.filter(({state}) => state === 'fail');
    const said = failed.flatMap(({check, findings}) => findings.map((each) => `${check} fail: ${each}`));
    expect(
      said.filter((each) => each.startsWith(expected)),
      `${name}:\n${said.join('\n')}`,
    ).not.toEqual([]);
    expect(report.verdict).toBe('failed');
  });

  test('and the control, without a lie, passes', async () => {
    expect(complaints(await auditIt(await aPublication({record: (record) => ({...record})})))).toEqual([]);
  });
});

function receiptOf(record: RunRecord2, name: string, change: (receipt: Receipt) => Receipt): RunRecord2 {
  const stages = record.stages.map((stage) =>
    stage.name === name && stage.state === 'executed' ? {...stage, receipt: change(stage.receipt)} : stage,
  );
  return {...record, stages};
}

/** With the key that the changed document has. */
function documentOf(
  record: RunRecord2,
  name: string,
  change: (document: KeyDocument) => KeyDocument,
): RunRecord2 {
  return receiptOf(record, name, (receipt) => {
    const document = change(receipt.document);
    return {...receipt, document, key: keyOf(document)};
  });
}

function withLock(record: RunRecord2, text: string): RunRecord2 {
  const environment = {type: 'python', lock: digestOfBytes(text), python: '3.11.2'} as const;
  return ['words', 'train', 'judge'].reduce(
    (changed, name) => documentOf(changed, name, (document) => ({...document, environment})),
    record,
  );
}

function one<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing');
  return value;
}
