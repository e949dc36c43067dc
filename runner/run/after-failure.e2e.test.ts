import {existsSync, lstatSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Receipt3} from '../../schemas/receipt.ts';
import {statesOf} from '../testing/events.ts';
import {shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

/** Counts to ten from its checkpoint; ends with an error at each of these steps, the first time that a process meets it. */
function counting(failing: string): string {
  return `
n=$(cat resume/n 2>/dev/null || echo 0); began=$n
while [ $n -lt 10 ]; do
  n=$((n+1))
  echo '{"step": '$n'}' >> metrics.jsonl
  ${failing}
  echo $n > resume/n.new; mv resume/n.new resume/n
done
echo began at $began >&2; echo counted to $n > outputs/out
`;
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: the pipeline's own.
const GIVEN = '${a.out}';

const FIRST_TIME_AT_FOUR = counting(
  'if [ $n = 4 ] && [ $began = 0 ]; then echo half > outputs/out; exit 3; fi',
);
const ALWAYS_AT_FOUR = counting('if [ $n = 4 ]; then exit 3; fi');

async function receiptOf(rig: Rig): Promise<Receipt3> {
  return JSON.parse((await rig.repro(['show', '--json'])).stdout).stages[0].receipt;
}

const names = (path: string) => (existsSync(path) ? readdirSync(path).sort() : []);
const checkpointsOf = (rig: Rig) => names(join(rig.store, 'checkpoints/v1'));
const failedOf = (rig: Rig) => names(join(rig.store, 'failed/v1'));

describe('what a stage that fails had to go on from', () => {
  it.each([[[]], [['--no-cache']]])('is the retry’s, with %j', async (flags: string[]) => {
    await using rig = await openRig();
    rig.pipeline({count: shell(FIRST_TIME_AT_FOUR, {retries: 1})});
    const run = await rig.run('--sandbox', 'none', ...flags);
    expect(statesOf(run)).toEqual({count: 'executed'});
    expect(run.stdout).toContain('"attempt":2');
    const {execution} = await receiptOf(rig);
    expect(execution).toMatchObject({attempts: 2, resumed: 1, interruptions: [{how: 'killed'}]});
    expect(checkpointsOf(rig)).toEqual([]);
    expect(failedOf(rig)).toEqual([]);
  });

  it('is the next run’s', async () => {
    await using rig = await openRig();
    rig.pipeline({count: shell(FIRST_TIME_AT_FOUR)});
    expect((await rig.run('--sandbox', 'none')).code).toBe(1);
    expect(checkpointsOf(rig)).toHaveLength(1);
    expect(statesOf(await rig.run('--sandbox', 'none'))).toEqual({count: 'executed'});
    expect((await receiptOf(rig)).execution.resumed).toBe(1);
  });

  it('is not what it went on from without getting further: then it begins anew', async () => {
    await using rig = await openRig();
    rig.pipeline({count: shell(ALWAYS_AT_FOUR)});
    const kept: number[] = [];
    for (let i = 0; i < 4; i++) {
      expect((await rig.run('--sandbox', 'none')).code).toBe(1);
      kept.push(checkpointsOf(rig).length);
    }
    // From nothing to three, from three to nothing new; and again.
    expect(kept).toEqual([1, 0, 1, 0]);
  });

  it('is not a checkpoint that is written anew each time, after three failures in a row', async () => {
    await using rig = await openRig();
    rig.pipeline({count: shell('date +%N%s > resume/n; exit 3')});
    const kept: number[] = [];
    for (let i = 0; i < 4; i++) {
      await rig.run('--sandbox', 'none');
      kept.push(checkpointsOf(rig).length);
    }
    expect(kept).toEqual([1, 1, 0, 1]);
  });
});

describe('the folder of a stage that fails', () => {
  it('is kept, and said: outputs so far, metrics, request and log, and neither inputs nor what is not its own', async () => {
    await using rig = await openRig();
    rig.pipeline({
      a: shell('echo given > outputs/out'),
      count: shell(`echo printed; ${FIRST_TIME_AT_FOUR}`, {inputs: {a: GIVEN}}),
    });
    const run = await rig.repro(['run', 'p.yaml', '--sandbox', 'none', '--store', rig.store]);
    const [, folder = ''] = /its folder is kept: (.*)/.exec(run.stdout) ?? [];
    expect(folder).toBe(join(rig.store, 'failed/v1/00000001~count/scratch'));
    expect(names(folder)).toEqual(['metrics.jsonl', 'outputs', 'request.json', 'resume']);
    expect(readFileSync(join(folder, 'outputs/out'), 'utf8')).toBe('half\n');
    expect(readFileSync(join(folder, 'metrics.jsonl'), 'utf8').split('\n')).toHaveLength(5);
    expect(readFileSync(join(folder, '../log.txt'), 'utf8')).toContain('printed');
    const record = readFileSync(
      join(rig.project, '.repro/runs', names(join(rig.project, '.repro/runs')).at(-1) ?? '', 'record.json'),
      'utf8',
    );
    expect(record).not.toContain('failed/v1');
  });

  it('is one of ten at most, the newest; and none is left by `store gc --delete`', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('exit 1')});
    for (let i = 0; i < 12; i++) await rig.run('--sandbox', 'none');
    expect(failedOf(rig)).toHaveLength(10);
    expect(failedOf(rig).at(-1)).toBe('00000012~a');
    await rig.repro(['store', 'gc', '--delete', '--store', rig.store]);
    expect(failedOf(rig)).toEqual([]);
  }, 120_000);

  it('holds what the stage put there, and nothing that it points to', async () => {
    await using rig = await openRig();
    const secret = join(rig.root, 'secret');
    writeFileSync(secret, 'precious');
    const script = `ln -s ${secret} metrics.jsonl; ln -s ${secret} outputs/out; mkfifo outputs/pipe; mkfifo values.json
mkdir outputs/closed; chmod 000 outputs/closed; rm -r tmp; ln -s / tmp; echo 1 > resume/n; exit 1`;
    rig.pipeline({a: shell(script)});
    expect((await rig.run('--sandbox', 'none')).code).toBe(1);
    const folder = join(rig.store, 'failed/v1/00000001~a/scratch');
    expect(lstatSync(join(folder, 'metrics.jsonl'), {throwIfNoEntry: false})?.isFile()).not.toBe(true);
    expect(lstatSync(join(folder, 'outputs/out')).isSymbolicLink()).toBe(true);
    expect((await rig.repro(['store', 'verify', '--store', rig.store])).code).toBe(0);
    await rig.repro(['store', 'gc', '--delete', '--store', rig.store]);
    expect(failedOf(rig)).toEqual([]);
    expect(readFileSync(secret, 'utf8')).toBe('precious');
  });
});
