import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {ReplayReport} from '../../schemas/verdict.ts';
import {normalise} from '../testing/normalise.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const CHAIN = {
  a: shell('echo hello > outputs/out'),
  b: shell('cat inputs/x > outputs/out; echo world >> outputs/out', {inputs: {x: from('a.out')}}),
  c: shell('cat inputs/x > outputs/out', {inputs: {x: from('b.out')}}),
};

/** The middle one is never the same. */
const UNSTEADY = {
  ...CHAIN,
  b: shell('cat inputs/x > outputs/out; date +%N >> outputs/out', {inputs: {x: from('a.out')}}),
};

async function replayed(rig: Rig, ...flags: readonly string[]): Promise<ReplayReport & {code: number}> {
  const ended = await rig.repro(['replay', '--json', ...flags]);
  return {...JSON.parse(ended.stdout), code: ended.code};
}

function verdicts({stages}: ReplayReport): Record<string, string> {
  return Object.fromEntries(stages.map(({stage, verdict}) => [stage, verdict]));
}

describe('a replay', () => {
  it('says exact of what came out the same', async () => {
    await using rig = await openRig();
    rig.pipeline(CHAIN);
    await rig.run();
    const ended = await rig.repro(['replay', '-j1']);
    expect(ended.code).toBe(0);
    expect(normalise(ended.stdout, rig)).toMatchInlineSnapshot(`
      "replay of tiny · run <short> · each stage from its recorded inputs · sandbox bubblewrap
      a  exact        1 of 1 the same: outputs.out <seconds>
      b  exact        1 of 1 the same: outputs.out <seconds>
      c  exact        1 of 1 the same: outputs.out <seconds>

      3 stages in <seconds>: 3 exact
      replay <digest>
      repro attest signs this for others to see
      "
    `);
  });

  it('goes on past a difference, which does not hide the next', async () => {
    await using rig = await openRig();
    rig.pipeline(UNSTEADY);
    await rig.run();
    const fromRecorded = await replayed(rig);
    expect(verdicts(fromRecorded)).toEqual({a: 'exact', b: 'different', c: 'exact'});
    expect(fromRecorded.code).toBe(3);
    const chained = await replayed(rig, '--chained');
    expect(verdicts(chained)).toEqual({a: 'exact', b: 'different', c: 'different'});
  });

  it('executes what was recorded, whatever has become of the project', async () => {
    await using rig = await openRig();
    rig.pipeline(CHAIN);
    await rig.run();
    rig.pipeline({other: shell('exit 1')});
    rig.write({'bare.lock.txt': '# another\n'});
    const report = await replayed(rig);
    expect(verdicts(report)).toEqual({a: 'exact', b: 'exact', c: 'exact'});
    expect(report.code).toBe(0);
  });

  it('of some stages leaves the others unchecked, and says so', async () => {
    await using rig = await openRig();
    rig.pipeline(UNSTEADY);
    await rig.run();
    const report = await replayed(rig, '--stage', 'c');
    expect(verdicts(report)).toEqual({a: 'unchecked', b: 'unchecked', c: 'exact'});
    expect(report.code).toBe(0);
  });

  it('does not call it different when the machine is another one: which fact, and not executed', async () => {
    await using rig = await openRig();
    rig.pipeline(CHAIN);
    await rig.run();
    pretend(rig, {'gpu.0.driver_version': '580.13'});
    const report = await replayed(rig);
    expect(report.code).toBe(5);
    expect(report.stages[0]).toMatchObject({
      verdict: 'unsupported',
      facts: [{fact: 'gpu.0.driver_version', recorded: '580.13', here: null}],
      seconds: null,
    });
    expect((await rig.repro(['replay', '--stage', 'a'])).stdout).toContain(
      'a  unsupported  gpu.0.driver_version was 580.13 and is unknown here',
    );
    const anyway = await replayed(rig, '--any-class');
    expect(verdicts(anyway)).toEqual({a: 'exact', b: 'exact', c: 'exact'});
    expect(anyway.stages[0]?.anotherClass).toBe(true);
  });

  it('executes nothing more where a probe says that the machine computes otherwise, and names the operation', async () => {
    await using rig = await openRig();
    const contract = {
      stage: 1,
      kind: 'probe',
      command: ['sh', `\${stage}/probe.sh`],
      inputs: {x: {kind: 'text'}},
      outputs: {report: {kind: 'probe', type: 'blob'}},
    };
    rig.write({
      'probe/stage.yaml': JSON.stringify(contract),
      'probe/probe.sh': `echo '{"operations": {"add": "1", "matmul": "'$(date +%N)'"}}' > outputs/report`,
    });
    rig.pipeline({...CHAIN, p: {uses: './probe', inputs: {x: from('a.out')}}});
    await rig.run();
    const report = await replayed(rig, '--chained');
    expect(verdicts(report)).toEqual({a: 'exact', p: 'different', b: 'unsupported', c: 'unchecked'});
    expect(report.stages.find(({stage}) => stage === 'b')).toMatchObject({operations: ['matmul']});
    expect(verdicts(await replayed(rig, '--chained', '--any-class'))).toMatchObject({b: 'exact', c: 'exact'});
  });

  it('says so when its Python is another', async () => {
    await using rig = await openRig();
    rig.pipeline(CHAIN);
    await rig.run();
    change(rig, ({receipt}) => {
      receipt.document.environment.python = '3.11.0';
    });
    const report = await replayed(rig, '--stage', 'a');
    expect(report.code).toBe(5);
    expect(report.stages[0]).toMatchObject({
      verdict: 'unsupported',
      facts: [{fact: 'environment.python', recorded: '3.11.0'}],
    });
  });

  it('of what fails here, of what is not deterministic, and of no run, says which', async () => {
    await using rig = await openRig();
    expect((await rig.repro(['replay'])).stderr).toContain('error[unknown-run]: no run has ended yet');
    rig.pipeline({
      a: shell('echo hello > outputs/out', {determinism: 'none'}),
      b: shell('test ! -e /tmp/no-such-file && echo x > outputs/out', {}),
    });
    await rig.run();
    const report = await replayed(rig);
    expect(report.stages[0]).toMatchObject({verdict: 'unchecked', why: {code: 'not-deterministic'}});
    expect(report.code).toBe(5);
  });
});

describe('the replay of a published run', () => {
  it('needs nothing of its author’s but the publication; chained, not even the artifacts', async () => {
    await using author = await openRig();
    author.pipeline(CHAIN, {license: 'MIT', authors: [{name: 'Ada'}]});
    await author.run();
    await author.repro(['keys', 'new']);
    const published = await author.repro(['publish', '--no-artifacts', '--to', '../public', '--json']);
    expect(published.code).toBe(0);
    const {url} = JSON.parse(published.stdout);

    await using reader = await openRig();
    const refused = await reader.repro(['replay', url, '--chained']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('error[not-trusted]');
    const [, content = ''] = /--trust (sha256:[0-9a-f]{64})/.exec(refused.stderr) ?? [];
    const report = await replayed(reader, url, '--chained', '--trust', content);
    expect(verdicts(report)).toEqual({a: 'exact', b: 'exact', c: 'exact'});
    expect(report.code).toBe(0);
    // What it would start from in the middle was not published, and that is said.
    const unchained = await replayed(reader, url, '--trust', content, '--stage', 'b', '--store', './empty');
    expect(verdicts(unchained)).toMatchObject({b: 'unchecked'});
    expect(unchained.code).toBe(5);

    await reader.repro(['keys', 'new']);
    expect((await reader.repro(['attest', '--to', url])).code).toBe(0);
    const audited = await author.repro(['audit', url]);
    expect(audited.stdout).toContain('1 replay by keys that you have not chosen');
  });
});

/** As if the run had been made on a machine with another fact. */
function pretend(rig: Rig, facts: Readonly<Record<string, string>>): void {
  change(rig, ({receipt}) => Object.assign(receipt.hardware.facts, facts));
}

// biome-ignore lint/suspicious/noExplicitAny: a record as JSON, to be made a wrong one.
function change(rig: Rig, edit: (stage: any) => void): void {
  const runs = join(rig.project, '.repro/runs');
  const [name = ''] = readdirSync(runs);
  const file = join(runs, name, 'record.json');
  const record = JSON.parse(readFileSync(file, 'utf8'));
  record.stages.forEach(edit);
  writeFileSync(file, JSON.stringify(record));
}
