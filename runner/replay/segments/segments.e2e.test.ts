import {readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import type {SegmentVerdict} from '../../../schemas/segments.ts';
import {normalise} from '../../testing/normalise.ts';
import {shell} from '../../testing/pipeline-text.ts';
import {openRig, openSharedRig, type Rig} from '../../testing/rig.ts';
import {auditIt, auditText, publish, rewriteRecord} from '../testing/segments-published.ts';
import {TRAINER, training} from '../testing/segments-trainer.ts';

const ABOUT = {license: 'CC-BY-4.0', authors: [{name: 'Ada Lovelace'}]};
const STAGES = {words: shell('printf hello > outputs/out'), train: training(20, 2)};

describe('an honest run', () => {
  let rig: Rig;
  let url: string;

  beforeAll(async () => {
    rig = await openSharedRig();
    rig.write(TRAINER);
    rig.pipeline(STAGES, ABOUT);
    await rig.run();
    url = await publish(rig);
  }, 60_000);
  afterAll(() => rig[Symbol.asyncDispose]());

  it('is told so, with what was drawn, what it cost, what it is worth, and what nobody looked at', async () => {
    const text = await auditText(rig, url, '--budget', '30%', '--seed', 'hello');
    const [, replay = ''] = normalise(text, rig).split('attested     not checked  nobody has added one\n');
    expect(plain(replay)).toMatchInlineSnapshot(`
      "
      replay: a budget of 30 %: 3 of 10 segments of 1 training, 0 whole stages · <seconds> recorded · sandbox bubblewrap
        drawn by the seed "hello", which you named: it proves something to those who know that the author could not know it
        each part’s rank is a hash that anybody can make; those up to <rank>… are drawn, first:
        printf %s '["repro segments v1","<digest>","hello","train",<n>]' | sha256sum   # <rank>…

        train  segment <n>, steps <n> to <n>  exact
        train  segment <n>, steps <n> to <n>  exact
        train  segment <n>, steps <n> to <n>  exact

        train: 20 steps in segments of 2, 3 of 10 drawn; grade full: rollouts generated again
          done again, of each drawn: its lines of the trace, the state that it ends in, its rows of metrics and rollouts
          read, of all segments: the trace is one chain; every state stands in it; the published model is the one that its trace ends in
        cost <seconds> here of <seconds> recorded, in <seconds>; segments <seconds> of <seconds> of training: <ratio>
        worth          of 10 segments, had so many been forged, one were caught: 1 with 30.0 %, 2 with 53.3 %, 5 with 91.7 %
        not looked at  train: 7 of 10 segments (not drawn)
                       train: outputs.rollouts, values.mean_reward (no segment gives them: repro replay does the stage again whole)
                       words: the stage (not drawn, or longer than what the budget left)

        replay  pass         3 of 10 segments, drawn and executed again: bit for bit; a single forged segment would have been caught with 30.0 %

      passed: 17 checks; to know, and no fault: pins, trace, attested
      next: repro pull ../out/publications/v1/<hex>   the final model, verified
            repro run ../out/publications/v1/<hex>    the same again, on this machine
      [0]"
    `);
  });

  it('is drawn as anybody can check, the same for the same seed or beacon', async () => {
    writeFileSync(join(rig.project, 'beacon'), 'round 4711\n');
    const named = await auditIt(rig, url, '--budget', '20%', '--seed', 'a');
    const again = await auditIt(rig, url, '--budget', '20%', '--seed', 'a');
    const beacon = await auditIt(rig, url, '--budget', '20%', '--beacon', 'beacon');
    expect(named.replay?.draw).toEqual(again.replay?.draw);
    expect(named.replay?.trainings[0]?.drawn).toHaveLength(2);
    expect(beacon.replay?.draw).toMatchObject({seedFrom: 'beacon', seed: expect.stringMatching(/^sha256:/)});
    expect(beacon.replay?.draw?.ranks).not.toEqual(named.replay?.draw?.ranks);
    expect([named.code, beacon.code]).toEqual([0, 0]);
  });

  it('is executed whole without a budget, and that can be signed', async () => {
    const found = await auditIt(rig, url);
    expect(found.replay?.stages.map(({stage, verdict}) => `${stage} ${verdict}`)).toEqual([
      'words exact',
      'train exact',
    ]);
    expect([found.code, found.replay?.draw, found.row.state]).toEqual([0, null, 'pass']);
    expect((await rig.repro(['attest'])).stdout).toContain('"payloadType"');
  });

  it('with a budget for all is all segments, the first and the last with them', async () => {
    const found = await auditIt(rig, url, '--budget', '100%');
    expect(found.replay?.segments.map(({index, verdict}) => `${index} ${verdict}`).join()).toBe(
      Array.from({length: 10}, (_, index) => `${index} exact`).join(),
    );
    expect(found.replay?.stages).toHaveLength(1);
    expect(found.replay?.chances[0]).toEqual({forged: 1, of: 10, chance: 1});
  });

  it('says which grade it was: trained on recorded rollouts, or drawn again', async () => {
    for (const [grade, logged] of [
      ['full', 'drew rollouts'],
      ['trainer', 'took recorded rollouts'],
    ] as const) {
      const found = await auditIt(rig, url, '--budget', '30%', '--grade', grade);
      expect(found.replay?.trainings[0]?.grade).toBe(grade);
      expect(found.row.state).toBe('pass');
      expect(lastLog(rig)).toContain(logged);
    }
  });

  it('is not executed without trust, and the audit is incomplete', async () => {
    const ended = await rig.repro(['audit', url, '--replay', '--json'], {variables: {CI: '1'}});
    const {rows} = JSON.parse(ended.stdout);
    expect(rows.at(-1)).toMatchObject({
      check: 'replay',
      state: 'not-checked',
      why: 'nothing was executed: this is somebody else’s code, and CI is set, so nobody is asked',
      help: expect.stringContaining('--trust sha256:'),
    });
    expect(ended.code).toBe(5);
  });

  it('refuses what is no budget, and a beacon that is not there', async () => {
    const say = async (...flags: string[]) => (await rig.repro(['audit', url, ...flags])).stderr;
    expect(await say('--budget', '20')).toContain('error[bad-budget]: --budget 20 is no percentage');
    expect(await say('--replay', '--beacon', 'nowhere')).toContain('error[bad-beacon]');
    expect(await say('--sample', '5', '--beacon', 'nowhere')).toContain('error[bad-beacon]');
    expect(await say('--replay', '--grade', 'trainer')).toContain('error[bad-grade]');
    expect(await say('--budget', '5%', '--beacon', 'x', '--seed', 'y')).toContain('cannot be used with');
  });
});

it('of another class of hardware says so before any work, and which fact', async () => {
  await using rig = await openRig();
  rig.write(TRAINER);
  rig.pipeline(STAGES, ABOUT);
  await rig.run();
  rewriteRecord(rig, (receipts) => {
    for (const {hardware} of receipts.values()) {
      hardware.facts['gpu.0.driver_version'] = '580.13';
      hardware.digest = digestOfBytes(canonicalJson(hardware.facts));
    }
  });
  const found = await auditIt(rig, await publish(rig), '--budget', '30%');
  expect(found.row).toMatchObject({
    state: 'not-checked',
    why: 'this machine can’t be expected to give these bits: 3 of 3 parts not executed',
  });
  expect(found.replay?.segments[0]).toMatchObject({
    verdict: 'unsupported',
    facts: [{fact: 'gpu.0.driver_version', recorded: '580.13', here: null}],
  } satisfies Partial<SegmentVerdict>);
  expect(found.replay?.cost).toMatchObject({segments: 0, ratio: null});
  expect(found.code).toBe(5);
});

it('whose own kind of probe differs here is not executed, and not called wrong: which operation', async () => {
  await using rig = await openRig();
  const told = {kind: 'probe', type: 'blob'};
  const script = `printf '{"operations":{"matmul":"%s","softmax":"same"}}' "$(date +%N)" > outputs/told`;
  const probe = {stage: 1, kind: 'arithmetic', command: ['sh', '-c', script], outputs: {told}};
  rig.write({...TRAINER, 'arithmetic/stage.yaml': JSON.stringify({...probe, determinism: 'bitwise'})});
  rig.pipeline({probe: {uses: './arithmetic'}, ...STAGES}, ABOUT);
  expect((await rig.run()).code).toBe(0);
  const url = await publish(rig);
  for (const flags of [['--budget', '30%'], []]) {
    const found = await auditIt(rig, url, ...flags);
    expect(found.row).toMatchObject({
      state: 'not-checked',
      why: 'this machine can’t be expected to give these bits: the probe probe comes out otherwise here',
    });
    const parts = [...(found.replay?.segments ?? []), ...(found.replay?.stages.slice(1) ?? [])];
    expect(parts[0]).toMatchObject({verdict: 'unsupported', facts: [], operations: ['matmul']});
    expect(found.code).toBe(5);
  }
});

/** Without what another publication draws, and another machine takes. */
function plain(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{12}…/g, '<rank>…')
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<hex>')
    .replaceAll(/"train",\d+\]/g, '"train",<n>]')
    .replaceAll(/segment \d+, steps \d+ to \d+ +/g, 'segment <n>, steps <n> to <n>  ')
    .replaceAll(/training: \d+\.\d{3}/g, 'training: <ratio>');
}

/** Of the training, in the last audit. */
function lastLog(rig: Rig): string {
  const last = readdirSync(join(rig.project, '.repro/audits')).sort().at(-1);
  return rig.read(`.repro/audits/${last}/logs/train.log`);
}
