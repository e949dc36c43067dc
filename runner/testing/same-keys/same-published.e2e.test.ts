import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {openReadableBucket} from '../../../artifacts/open/open-bucket.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import {checkKeys} from '../../audit/check-keys.ts';
import {checkPlan} from '../../audit/check-plan.ts';
import {readPublishedCode} from '../../audit/published-code.ts';
import {planPublished} from '../../opening/published/plan-published.ts';
import type {Ended} from '../cli-process.ts';
import {auditRows} from '../old-formats/audit-rows.ts';
import {openThen} from '../old-formats/then.ts';
import {openRig} from '../rig.ts';
import {ROOT} from '../source-files.ts';

const PUBLISHED = join(ROOT, 'pipelines/published');
const DIGEST = '0c42b684ce4689621d78d38919dd30b526ade124ccf697ca326a7bb0f7a8ff4d';
const KEY = 'ed25519:4mbafMoy4d0Mz8+9hNwtZV2io7mAHiSP9mILij7yXwI=';
/** Of the run that is published there. */
const RECORD = '8ffc614d1e4194b562da58c2e22598ddaa13fae531a061082a0fb0d673e01f91';

describe('the record in pipelines/published', () => {
  const record = JSON.parse(readFileSync(join(PUBLISHED, 'objects/v1/8f', RECORD), 'utf8')) as RunRecord2;

  it('has the keys that today’s code makes of what went into its 16 stages', async () => {
    const row = await plannedAgain(record);
    expect(row).toMatchObject({state: 'pass', why: expect.stringContaining('16 stages')});
    expect(checkKeys(record)).toMatchObject({state: 'pass'});
  });

  it('is audited as it was: nothing wrong, and artifacts that were never published', async () => {
    await using rig = await openRig();
    const audited = await rig.repro(['audit', join(PUBLISHED, 'publications/v1', DIGEST), '--key', KEY]);
    expect(audited).toMatchObject({code: 5, stderr: ''});
    expect(auditRows(audited.stdout).filter((row) => !row.endsWith(': pass'))).toMatchInlineSnapshot(`
      [
        "receipts: not checked",
        "pins: not checked",
        "artifacts: not checked",
        "logs: not checked",
        "trace: not checked",
        "pickles: not checked",
        "attested: not checked",
      ]
    `);
    expect(auditRows(audited.stdout)).toHaveLength(19);
  });
});

describe('of the pipeline that c04f9f1 ran and published, today’s', () => {
  it('publish writes the same bytes, but for the time', async () => {
    await using then = await openThen('c04f9f1');
    const {code} = await then.repro('publish', then.runs[0], '--to', '../now');
    expect(code).toBe(0);
    const [before, now] = ['published', 'now'].map((folder) => filesIn(join(then.rig.root, folder)));
    expect(timeless(now)).toEqual(timeless(before));
    // All but that of the whole run, which has the time: the same signatures as well.
    const signed = envelopes(before);
    expect(envelopes(now).filter((line) => !signed.includes(line))).toHaveLength(1);
  });

  it('run records the same of each stage, but for times, this machine and this release', async () => {
    await using then = await openThen('c04f9f1');
    const before = await recordOf(then.repro('show', then.runs[0], '--json'));
    const ran = await then.withSdkOfThen('run', 'p.yaml', '--store', '../fresh');
    expect(ran.code).toBe(0);
    expect(await recordOf(then.repro('show', '--json'))).toEqual(before);
  });
});

/** What was published, its times and its digest by words. The replay that somebody added is not the author's. */
function timeless(files: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [digest = ''] = [...files.keys()].flatMap(
    (path) => /^publications\/v1\/(\w+)\/pub/.exec(path)?.[1] ?? [],
  );
  const [, time = ''] = /"publishedAt":"([^"]+)"/.exec([...files.values()].join('\n')) ?? [];
  const words = (text: string) => text.replaceAll(digest, '<publication>').replaceAll(time, '<time>');
  const own = [...files].filter(([path]) => !path.includes('/replays/'));
  return new Map(own.map(([path, text]) => [words(path), words(payloads(path, text))]));
}

function payloads(path: string, text: string): string {
  if (!path.endsWith('.jsonl')) return text;
  const each = [...text.matchAll(/"payload":"([^"]+)"/g)];
  return each.map(([, payload = '']) => Buffer.from(payload, 'base64').toString()).join('\n');
}

function envelopes(files: ReadonlyMap<string, string> = new Map()): readonly string[] {
  const [, text = ''] = [...files].find(([path]) => path.endsWith('attestations.intoto.jsonl')) ?? [];
  return text.trim().split('\n');
}

async function recordOf(showing: Promise<Ended>): Promise<unknown> {
  const {git, startedAt, seconds, ...record} = JSON.parse((await showing).stdout) as RunRecord2;
  return JSON.parse(JSON.stringify(record), (name, value: unknown) =>
    MACHINES.has(name) || isKey(name, value) ? `<${name}>` : value,
  );
}

const MACHINES = new Set(['startedAt', 'seconds', 'at', 'sandbox', 'hardware', 'python', 'reproVersion']);

/** The version of the machine's Python is in it. */
function isKey(name: string, value: unknown): boolean {
  return name === 'key' && typeof value === 'string';
}

async function plannedAgain(record: RunRecord2) {
  const bucket = await openReadableBucket({url: PUBLISHED});
  const source = await readPublishedCode(bucket, record).finally(() => bucket.close());
  if (source === undefined) throw new Error('its source can’t be read');
  const planned = planPublished(record, source);
  if (!planned.ok) throw new Error(planned.error);
  return checkPlan(record, planned.value, '0.1.0');
}

function filesIn(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, {recursive: true, withFileTypes: true});
  const files = entries.filter((entry) => entry.isFile()).map(({parentPath, name}) => join(parentPath, name));
  return new Map(files.map((file) => [file.slice(folder.length + 1), readFileSync(file, 'latin1')]));
}
