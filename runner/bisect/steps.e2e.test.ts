import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Bisection, LocatedDivergence} from '../../schemas/bisection.ts';
import {from} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const STEPS = 100;

/** A training without torch: whole numbers, a trace of them, and any first part of it again. */
const TRAIN = `
import os
from repro_sdk import run_stage, write_json
from repro_sdk.trace import TraceWriter


def program(stage):
    segments = stage.segments
    end = stage.params["steps"] if segments is None else sum(segments.ranges[0])
    trace = TraceWriter(stage.files["trace"], ["batch", "gradient", "parameters"])
    weight = 1
    for step in range(1, end + 1):
        batch = [step, step + 1]
        # BATCH
        trace.capture("batch", {"ids": batch})
        gradient = sum(batch) * weight % 1009
        # GRADIENT
        trace.capture("gradient", {"weight": gradient})
        weight += gradient
        trace.capture("parameters", {"weight": weight})
        trace.step(step, loss=float(weight))
    trace.close()
    if segments is None:
        write_json(stage.outputs["model"], {"weight": weight})
    else:
        stage.outputs["boundaries"].mkdir(exist_ok=True)


run_stage(program)
`;

const CONTRACT = {
  stage: 1,
  kind: 'train',
  command: ['python', `\${stage}/main.py`],
  params: {steps: {type: 'integer'}},
  outputs: {model: {kind: 'model', type: 'blob'}},
};

async function trained(rig: Rig, faults: Readonly<Record<string, string>> = {}): Promise<string> {
  const code = Object.entries(faults).reduce((text, [mark, line]) => text.replace(`# ${mark}`, line), TRAIN);
  rig.write({'train/stage.yaml': JSON.stringify(CONTRACT), 'train/main.py': code});
  rig.pipeline(
    {train: {uses: './train', with: {steps: from('params.steps')}}},
    {params: {steps: {type: 'integer', default: STEPS}}},
  );
  const ended = await rig.run('--no-cache');
  expect([0, 3], ended.stdout).toContain(ended.code);
  return readdirSync(join(rig.project, '.repro/runs')).sort().at(-1) ?? '';
}

async function located(rig: Rig, ...argv: readonly string[]): Promise<LocatedDivergence> {
  const ended = await rig.repro(['bisect', ...argv, '--json']);
  expect(ended.code, ended.stderr).toBe(3);
  const found = JSON.parse(ended.stdout) as Bisection;
  if (found.found === 'nothing') throw new Error('nothing was found');
  return found;
}

describe('a step that is done again', () => {
  it('is found by few chains, and each run’s own code gives its own line and what it looked at', async () => {
    await using rig = await openRig();
    const a = await trained(rig);
    const b = await trained(rig, {BATCH: 'batch = batch[::-1] if step == 42 else batch'});
    const found = await located(rig, a, '--against', b);
    expect(found.trace).toMatchObject({kind: 'step', step: 42, first: 'batch', equalBefore: true});
    expect(found.probes?.length).toBeLessThanOrEqual(8);
    expect(found.probes?.[0]).toEqual({step: STEPS, equal: false});
    expect(found.again).toMatchObject({
      step: 42,
      sides: [
        {side: 'a', how: 'exact', after: 0},
        {side: 'b', how: 'exact', after: 0},
      ],
      parts: [
        {part: 'batch', comparison: {kind: 'json', count: 2, differences: [{before: 42, after: 43}, {}]}},
      ],
      equal: ['gradient', 'parameters'],
    });
    expect(found.verdict).toMatchObject({class: 'data-order', by: {from: 'code'}});
    expect(readdirSync(join(rig.store, 'tmp'))).toEqual([]);
    expect(readdirSync(join(rig.store, 'scratch'))).toEqual([]);
  });

  it('and comes out otherwise each time, is not deterministic; of one run as well', async () => {
    await using rig = await openRig();
    const fault = {GRADIENT: 'gradient += int.from_bytes(os.urandom(6), "big") if step == 77 else 0'};
    const [a, b] = [await trained(rig, fault), await trained(rig, fault)];
    const between = await located(rig, a, '--against', b);
    expect(between).toMatchObject({
      trace: {step: 77, first: 'gradient'},
      again: {
        sides: [
          {how: 'other', from: 77},
          {how: 'other', from: 77},
        ],
        parts: [{part: 'gradient'}, {part: 'parameters'}],
        equal: ['batch'],
      },
      verdict: {class: 'kernel'},
    });
    expect(between.verdict.by).toBeUndefined();
    const alone = await located(rig, a);
    expect(alone).toMatchObject({trace: {step: 77}, verdict: {class: 'kernel'}});
    expect(alone.again?.sides).toMatchObject([
      {side: 'b', how: 'other'},
      {side: 'again', how: 'other'},
    ]);
  });

  it('of a record whose bits this machine never gives, though it gives the same twice, is not called a kernel', async () => {
    await using rig = await openRig();
    const a = await trained(rig);
    const b = await trained(rig, {GRADIENT: 'gradient += 1 if step == 9 else 0'});
    forge(rig, a, b);
    const found = await located(rig, a);
    expect(found).toMatchObject({
      trace: {step: 9, first: 'gradient'},
      again: {sides: [{side: 'b', how: 'exact'}]},
      verdict: {class: 'unknown'},
    });
  });
});

/** A record that claims of one program what another gave. */
function forge(rig: Rig, run: string, other: string): void {
  const [file, theirs] = [run, other].map((name) => `.repro/runs/${name}/record.json`);
  if (file === undefined || theirs === undefined) return;
  const [record, source] = [JSON.parse(rig.read(file)), JSON.parse(rig.read(theirs))];
  const [mine, its] = [record.stages[0].receipt, source.stages[0].receipt];
  mine.outputs = its.outputs;
  mine.execution.trace = its.execution.trace;
  rig.write({[file]: JSON.stringify(record)});
}
