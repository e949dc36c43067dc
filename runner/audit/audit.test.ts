import {expect, it} from 'vitest';
import {aPublication} from './testing/a-publication.ts';
import {auditIt, complaints} from './testing/audit-it.ts';

it('passes what was published by the rules', async () => {
  const report = await auditIt(await aPublication());
  expect(complaints(report)).toEqual([]);
  expect(report.rows.map(({check, why}) => `${check}: ${why}`)).toMatchInlineSnapshot(`
    [
      "publication: its bytes are its name’s, in the one form of format 1",
      "signature: 4 envelopes signed by ada (253735b09cd26860)",
      "newest: number 1 of tiny, the first; nothing newer is here",
      "statements: 4 statements, each as the record says",
      "record: its bytes are those that the publication names, in the one form of format 2",
      "keys: 3 key documents hashed again to the same keys, on one hardware class",
      "graph: 3 stages succeeded, and 3 inputs accounted for, 1 of them pinned sources",
      "plan: planned again from the published pipeline: 3 stages come out with the same commands, params and inputs",
      "receipts: 3 in the bucket are those of the record",
      "source: the pipeline and all that it includes, 4 files, hashed",
      "code: what ran is what is published: 3 stage folders and the SDK, 8 files, hashed",
      "locks: 1 published, every requirement with its hashes",
      "pins: 1 pinned by SHA-256: 1 here and hashed",
      "artifacts: 4 files, 200.0 kB: each hashed",
      "logs: 3 logs, 1 metrics file and 0 traces of 3 stages, hashed",
      "trace: no stage has one, and no kind that was run says that it writes one",
      "sandbox: 3 stages ran confined to what they declare",
      "pickles: no file runs code when it is loaded, by its bytes and its name",
      "attested: nobody has added one",
    ]
  `);
});
