import {existsSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {objectPath} from '../../../artifacts/layout.ts';
import {type Digest, digestFromHex, hexOf} from '../../../schemas/digest.ts';
import type {RunRecord} from '../../../schemas/run-record.ts';
import {digestsOf, keysOf, statesOf} from '../events.ts';
import {normalise} from '../normalise.ts';
import {each, KEYS, OUTPUTS} from './counted.ts';
import {commits, damage, openThen} from './then.ts';

/** The format of its receipts. */
const RECEIPTS: Readonly<Record<string, number>> = {'090d7d7': 1, '1e2c722': 2, c04f9f1: 3};

describe.each(commits())('of what the repro of %s left in a project and a store, today’s', (commit) => {
  it('show tells the run that succeeded and the one that failed', async () => {
    await using then = await openThen(commit);
    const [first, second] = then.runs;
    const shown = await then.repro('show', first);
    expect(
      normalise(shown.stdout, then.rig).replace(/commit [0-9a-f]{12}/, 'commit <hex>'),
    ).toMatchInlineSnapshot(`
      "counted · profile default · seed 7 · succeeded
      run <digest>
      <time> · <seconds> · commit <hex>

      count  executed <seconds>  key <digest>
          first = "so"
          mean = 3.5
          total = 11
          table  <digest>  17 B
          words  <digest>  57 B
      train[short]  executed <seconds>  key <digest>
          model  <digest>  92 B
      train[long]  executed <seconds>  key <digest>
          model  <digest>  102 B
      judge  executed <seconds>  key <digest>
          best = "long"
          verdict  <digest>  15 B
      report  executed <seconds>  key <digest>
          out  <digest>  32 B
      "
    `);
    const failed = await then.repro('show', second);
    expect(normalise(failed.stdout, then.rig)).toContain(
      'judge  failed: its program ended with exit code 1\nreport  skipped: judge has no result\n',
    );
    const record = JSON.parse((await then.repro('show', first, '--json')).stdout) as RunRecord;
    expect(keysIn(record)).toEqual(KEYS);
    expect(new Set(formatsIn(record))).toEqual(new Set([RECEIPTS[commit]]));
  });

  it('run executes nothing of it, for each result is found by its key', async () => {
    await using then = await openThen(commit);
    const ended = await then.asThen('run', 'p.yaml', '--json');
    expect(ended).toMatchObject({code: 0, stderr: ''});
    expect(statesOf(ended)).toEqual(each('cached'));
    expect(keysOf(ended)).toEqual(KEYS);
    expect(digestsOf(ended)).toEqual(OUTPUTS);
    const record = JSON.parse((await then.repro('show', '--json')).stdout) as RunRecord;
    expect(record.run).toBe(2);
    expect(new Set(formatsIn(record))).toEqual(new Set([RECEIPTS[commit]]));
  });

  it('publish makes of those results what audit passes', async () => {
    await using then = await openThen(commit);
    await then.asThen('run', 'p.yaml');
    const {code, stdout} = await then.asThen('publish', '--to', '../now');
    expect(code).toBe(0);
    const [, address = '', key = ''] = /repro audit (\S+) --key (\S+)/.exec(stdout) ?? [];
    const audited = await then.repro('audit', address, '--key', key);
    expect(audited).toMatchObject({code: 0, stderr: ''});
  });

  it('why and diff say what makes the difference', async () => {
    await using then = await openThen(commit);
    const why = await then.asThen('why', 'p.yaml', 'judge', '-p', 'broken=true');
    expect(why.stdout).toMatchInlineSnapshot(`
      "judge would run, because its key has changed since the last run:
        command[2]  "false" → "true"
        params.broken  false → true
      "
    `);
    const [first] = then.runs;
    const diff = await then.repro('diff', `${first}:train[short]`, `${first}:train[long]`);
    expect(diff.code).toBe(3);
    expect(diff.stdout).toContain('  most likely  params  params.steps  1 → 3\n');
    expect(diff.stdout).toContain('      @ 5 → 5\n      + 2 1\n      + 3 0.5\n');
    const trace = '  traces are equal over 1 step, then one goes on (1 and 3)\n';
    expect(diff.stdout.includes(trace)).toBe(RECEIPTS[commit] !== 1);
  });

  it('store verify finds all as it should be, and a byte that is not', async () => {
    await using then = await openThen(commit);
    const sound = await then.repro('store', 'verify');
    expect(sound).toMatchObject({code: 0, stderr: ''});
    expect(sound.stdout).toMatch(/: everything is as it should be\n$/);
    const out = OUTPUTS['report.out'];
    damage(objectPath(then.rig.layout, digestFromHex(hexOf(out as Digest))));
    const damaged = await then.repro('store', 'verify');
    expect(damaged.code).toBe(3);
    expect(damaged.stdout).toContain(
      `missing: ${out}, which the receipt ${KEYS.report} names as outputs.out`,
    );
  });

  it('store gc deletes nothing that runs or pins name', async () => {
    await using then = await openThen(commit);
    const gc = [
      'store',
      'gc',
      '--store',
      'local',
      '--grace',
      '0',
      '--keep-results',
      '0',
      '--force',
      '--delete',
    ];
    expect(await then.repro(...gc)).toMatchObject({code: 0});
    expect(await then.repro('store', 'verify')).toMatchObject({code: 0});
    const isPinned = existsSync(then.rig.layout.pins);
    rmSync(join(then.rig.project, '.repro/runs'), {recursive: true});
    expect(await then.repro(...gc)).toMatchObject({code: 0});
    const planned = await then.asThen('plan', 'p.yaml');
    expect(planned.stdout.includes('all 5 stages are cached: a run has nothing to do')).toBe(isPinned);
    expect(isPinned).toBe(commit !== '090d7d7');
  });
});

function keysIn({stages}: RunRecord) {
  return Object.fromEntries(stages.flatMap((s) => ('receipt' in s ? [[s.name, s.receipt.key]] : [])));
}

function formatsIn({stages}: RunRecord): readonly number[] {
  return stages.flatMap((stage) => ('receipt' in stage ? [stage.receipt.receipt] : []));
}
