import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {digestsOf, keysOf, statesOf} from '../events.ts';
import {normalise} from '../normalise.ts';
import {auditRows} from './audit-rows.ts';
import {each, KEYS, OUTPUTS} from './counted.ts';
import {commits, damage, KEY, openThen, WRITTEN} from './then.ts';

/** Of the pipeline, its stages and its SDK: the same of each, for none of them has changed. */
const CONTENT = 'sha256:0cd47d3e8db30c756ae9e00713780e0a0b526326c8e4c1893ed3a3de0ffead15';

const published = commits().filter((commit) => existsSync(join(WRITTEN, commit, 'published')));

describe.each(published)('of what the repro of %s published, today’s', (commit) => {
  it('audit passes every row that there is something to say of', async () => {
    await using then = await openThen(commit);
    const audited = await then.repro('audit', then.address, '--key', KEY);
    expect(audited).toMatchObject({code: 0, stderr: ''});
    expect(auditRows(audited.stdout)).toMatchInlineSnapshot(`
      [
        "publication: pass",
        "signature: pass",
        "newest: pass",
        "statements: pass",
        "record: pass",
        "keys: pass",
        "graph: pass",
        "plan: pass",
        "receipts: pass",
        "source: pass",
        "code: pass",
        "locks: pass",
        "pins: pass",
        "artifacts: pass",
        "logs: pass",
        "trace: not checked",
        "sandbox: pass",
        "pickles: pass",
        "attested: pass",
      ]
    `);
    expect(audited.stdout).toMatch(/ {2}publication {2}pass .* in the one form of format [12]\n/);
  });

  it('audit fails it where an artifact has a byte more', async () => {
    await using then = await openThen(commit);
    const [, hex = ''] = OUTPUTS['report.out'].split(':');
    damage(join(then.rig.root, 'published/objects/v1', hex.slice(0, 2), hex));
    const audited = await then.repro('audit', then.address, '--key', KEY);
    expect(audited.code).toBe(3);
    expect(auditRows(audited.stdout).filter((row) => row.endsWith('FAIL'))).toEqual(['artifacts: FAIL']);
  });

  it('pull lays its last model down, every byte as it was', async () => {
    await using then = await openThen(commit);
    const pulled = await then.repro('pull', then.address, '--to', '../model', '--key', KEY);
    expect(pulled).toMatchObject({code: 0, stderr: ''});
    const model = join(then.rig.root, 'model');
    const weights = readFileSync(join(model, 'weights'), 'utf8').split('\n');
    expect(weights.slice(3)).toEqual(['1 2', '2 1', '3 0.5', '']);
    expect(readFileSync(join(model, 'parts/config'), 'utf8')).toBe('width 11\n');
    expect(statSync(join(model, 'use.sh')).mode & 0o111).toBe(0o111);
  });

  it('pull --from fills an empty store with its results, and a run executes none again', async () => {
    await using then = await openThen(commit);
    const record = readFileSync(join(then.rig.project, '.repro/runs', then.runs[0], 'record.json'));
    rmSync(then.rig.store, {recursive: true});
    mkdirSync(then.rig.store);
    const pulled = await then.asThen('pull', digestOfBytes(record), '--from', '../published');
    expect(pulled).toMatchObject({code: 0, stderr: ''});
    const ended = await then.asThen('run', 'p.yaml', '--json');
    expect(statesOf(ended)).toEqual(each('cached'));
    expect(digestsOf(ended)).toEqual(OUTPUTS);
  });

  it('run of its address executes nothing of what this user has the results of', async () => {
    await using then = await openThen(commit);
    const ended = await then.asThen('run', then.address, '--json', '--trust', CONTENT);
    expect(ended.code).toBe(0);
    expect(statesOf(ended)).toEqual(each('cached'));
    expect(keysOf(ended)).toEqual(KEYS);
    expect(digestsOf(ended)).toEqual(OUTPUTS);
  });

  it('replay finds each stage exact, of the address as of the recorded run', async () => {
    await using then = await openThen(commit);
    for (const what of [[then.runs[0]], [then.address, '--trust', CONTENT]]) {
      const replayed = await then.repro('replay', ...what, '--any-class');
      expect(replayed).toMatchObject({code: 0, stderr: ''});
      for (const stage of Object.keys(KEYS))
        expect(replayed.stdout).toContain(`\n${stage.padEnd(12)}  exact `);
    }
  });

  it('attest signs the replay of then as then, byte for byte', async () => {
    await using then = await openThen(commit);
    const [name = ''] = readdirSync(join(then.rig.project, '.repro/replays'));
    const attested = await then.repro('attest', name, '--to', '../attested.jsonl');
    expect(attested).toMatchObject({code: 0, stderr: ''});
    expect(normalise(attested.stdout, then.rig)).toMatch(/^5 stages in <seconds>: 5 exact\nsigned by /);
    const added = join(then.rig.project, then.address, 'replays/00000001.intoto.jsonl');
    expect(readFileSync(join(then.rig.root, 'attested.jsonl'), 'utf8')).toBe(readFileSync(added, 'utf8'));
  });
});

describe('of a run that the repro of 090d7d7 recorded, today’s', () => {
  it.each([['replay'], ['publish', '--to', '../now']])(
    '%s says that it can’t, and what can be done',
    async (...argv) => {
      await using then = await openThen('090d7d7');
      const [command = '', ...flags] = argv;
      const {code, stderr} = await then.repro(command, then.runs[0], ...flags);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error\[old-record\]: this run was recorded .*\n {2}help: run .* again/);
    },
  );
});
