import {describe, expect, it} from 'vitest';
import type {AuditRow} from '../row.ts';
import {aPublication, type Trained} from '../testing/a-publication.ts';
import {
  aTraining,
  boundariesOf,
  contentOf,
  hexOf,
  metricsOf,
  modelOf,
  sealedLines,
  TRAINING_CONTRACT,
  textOf,
  weightsAfter,
} from '../testing/a-training.ts';
import {auditIt, rowOf} from '../testing/audit-it.ts';
import {LIES, traced, withStep} from '../testing/trace-lies.ts';

async function trained(training: Trained, contract = TRAINING_CONTRACT) {
  const published = await aPublication({training, code: {fit: {'stage.yaml': contract}}});
  return {published, report: await auditIt(published)};
}

async function rowFor(training: Trained, contract?: string): Promise<AuditRow> {
  return rowOf((await trained(training, contract)).report, 'trace');
}

async function told(training: Trained, contract?: string): Promise<string> {
  const {state, required, why} = await rowFor(training, contract);
  return `${state}${required ? '' : ' (to know)'}: ${why}`;
}

const BASE = weightsAfter(0);

describe('a training whose trace and all that it is tied to is by the rules', () => {
  it('passes, and nothing else complains', async () => {
    const {report} = await trained(aTraining());
    expect(report.verdict).toBe('passed');
    expect(rowOf(report, 'trace')).toMatchInlineSnapshot(`
      {
        "check": "trace",
        "findings": [],
        "required": true,
        "state": "pass",
        "why": "1 trace of 6 steps: whole chains, as long as the params say, that end in the published weights; 2 columns of metrics and 2 recorded states held against them",
      }
    `);
  });

  it('passes when its weights are split over files, in whatever order', async () => {
    expect(await told(aTraining({model: modelOf([...weightsAfter(6)].reverse(), 2)}))).toMatch(/^pass: /);
  });

  it('passes when weights are saved in another type, as its last line says', async () => {
    const saved = 'c4'.repeat(32);
    const steps = withStep(6, (step) => ({...step, parts: {...step.parts, saved}}));
    const parts = [...JSON.parse(sealedLines([])[0] ?? '').parts, 'saved'];
    const trace = textOf(sealedLines(steps, {parts}));
    // Another digest than that of the file: then it is this one that is held against it.
    const why = await told(traced(trace, {boundaries: boundariesOf(trace)}));
    expect(why).toContain('not c4c4c4c4');
    const right = withStep(6, (step) => ({
      ...step,
      parts: {...step.parts, parameters: hexOf('float32 masters'), saved: contentOf(weightsAfter(6))},
    }));
    const good = textOf(sealedLines(right, {parts}));
    expect(await told(traced(good, {boundaries: boundariesOf(good)}))).toMatch(/^pass: /);
  });

  it('passes with a loss that is not a number, where metrics say so too', async () => {
    const steps = withStep(3, (step) => ({...step, scalars: {...step.scalars, loss: 'fff8000000000001'}}));
    const trace = textOf(sealedLines(steps));
    const metrics = metricsOf(6, (row) => (row.step === 3 ? {...row, loss: 'NaN'} : row));
    expect(await told(traced(trace, {metrics, boundaries: boundariesOf(trace)}))).toMatch(/^pass: /);
  });

  it('was turned off by its params: then that is said', async () => {
    const off = TRAINING_CONTRACT.replace('default: all', 'default: "off"');
    expect(await told(aTraining({trace: null}), off)).toMatchInlineSnapshot(
      `"not-checked (to know): train: it was run with trace: off, and has no trace"`,
    );
  });

  it('of a kind whose contract says nothing of it is verified alone, and what is not asked is said', async () => {
    const silent = TRAINING_CONTRACT.replace(/\ntrace:\n( {2}.*\n)+/, '\n');
    expect(await told(aTraining({model: modelOf(BASE)}), silent)).toMatchInlineSnapshot(
      `"not-checked: train: no contract ties its trace to steps, weights or metrics"`,
    );
    expect(await told(aTraining({trace: 'not json\n'}), silent)).toMatchInlineSnapshot(
      `"fail: train: its trace is refused: line 1: not a JSON object in UTF-8"`,
    );
  });

  it('is no row that passes where there is nothing to look at', async () => {
    expect(rowOf(await auditIt(await aPublication()), 'trace')).toMatchInlineSnapshot(`
      {
        "check": "trace",
        "findings": [],
        "required": false,
        "state": "not-checked",
        "why": "no stage has one, and no kind that was run says that it writes one",
      }
    `);
  });

  it('is read also where artifacts are sampled', async () => {
    const published = await aPublication({
      training: aTraining({model: modelOf(BASE)}),
      code: {fit: {'stage.yaml': TRAINING_CONTRACT}},
    });
    const sample = {what: 'count', count: 1} as const;
    expect(rowOf(await auditIt(published, {sample}), 'trace').state).toBe('fail');
    const honest = await aPublication({
      training: aTraining(),
      code: {fit: {'stage.yaml': TRAINING_CONTRACT}},
    });
    expect(rowOf(await auditIt(honest, {sample}), 'trace').why).toContain('a sample reads no tensors');
  });

  it('can’t be judged where its bytes are lost: the row says that it does not know', async () => {
    const published = await aPublication({
      training: aTraining(),
      code: {fit: {'stage.yaml': TRAINING_CONTRACT}},
    });
    const train = published.record.stages.find(({name}) => name === 'train');
    if (train === undefined || !('receipt' in train) || train.receipt.receipt !== 2)
      throw new Error('no train');
    const hex = train.receipt.execution.trace?.slice(7) ?? '';
    await published.bucket.remove([`objects/v1/${hex.slice(0, 2)}/${hex}`]);
    const report = await auditIt(published);
    expect(rowOf(report, 'trace')).toMatchObject({state: 'not-checked', required: true});
    expect(report.verdict).toBe('failed');
  });
});

describe('a publication that its author signed anew', () => {
  it.each(Object.keys(LIES))('is refused by reading alone: %s', async (lie) => {
    const training = LIES[lie]?.();
    if (training === undefined) throw new Error(lie);
    const {report} = await trained(training);
    expect(rowOf(report, 'trace').state).toBe('fail');
    // Every other row holds: who signed it, keys, plan, bytes. It is this one that tells.
    expect(report.rows.filter(({state}) => state === 'fail').map(({check}) => check)).toEqual(['trace']);
  });

  it('is told what contradicts what', async () => {
    const words: string[] = [];
    for (const [lie, make] of Object.entries(LIES))
      words.push(`${lie}\n    ${(await told(make())).replace('fail: ', '')}`);
    expect(words.join('\n')).toMatchInlineSnapshot(`
      "the base in place of the trained model
          train: model holds other weights than its trace ends in (decc9a54, not fca02a21)
      the model of an earlier step
          train: model holds other weights than its trace ends in (d3b9a70a, not fca02a21)
      one weight changed
          train: model holds other weights than its trace ends in (254d976f, not fca02a21)
      a tensor renamed
          train: model holds other weights than its trace ends in (efcab4c7, not fca02a21)
      a tensor left out
          train: model holds other weights than its trace ends in (e55bdd5f, not fca02a21)
      a tensor added
          train: model holds other weights than its trace ends in (2c09096c, not fca02a21)
      a second file that a loader would prefer
          train: model can’t be hashed tensor by tensor: model: model.safetensors: tensor "model.embed_tokens.weight" is in another file too
      an index that sends a loader to other weights, in a folder of their own
          train: model: its model.safetensors.index.json sends a loader to other weights: "more/base.safetensors"
      an index that sends a loader to a pickle
          train: model: its model.safetensors.index.json sends a loader to other weights: "base.dat"
      an index that leaves a file out
          train: model: its model.safetensors.index.json leaves out "model-2-of-2.safetensors"
      a config that sends a loader to other weights
          train: model: its config.json sends a loader to other weights: "more/base.safetensors"
      weights of another type
          train: model holds other weights than its trace ends in (b09b405d, not fca02a21)
      no safetensors at all
          train: model has no safetensors, and so no weights that its trace could end in
      safetensors that are none
          train: model can’t be hashed tensor by tensor: its header claims 8680820740569201000 bytes
      safetensors that end early
          train: model can’t be hashed tensor by tensor: truncated: tensor "model.norm.weight" ends at byte 174, and the file has 173
      a trace that is not json
          train: its trace is refused: line 1: not a JSON object in UTF-8
      an empty trace
          train: its trace is refused: line 1: there is no header
      a trace of one line
          train: its trace has 0 steps, and its params say steps: 6 (and 4 more)
      a trace of blank lines
          train: its trace is refused: line 1: not a JSON object in UTF-8
      two headers
          train: its trace is refused: line 2: $.algorithm is unknown
      no header
          train: its trace is refused: line 1: $.scalars is unknown
      a step short
          train: its trace has 5 steps, and its params say steps: 6 (and 1 more)
      a step too many
          train: its trace has 7 steps, and its params say steps: 6
      a step twice
          train: its trace is refused: line 5: its \`previous\` is not the chain of the line before
      steps out of order
          train: its trace is refused: line 4: it is step 4 where 3 is expected
      a step left out
          train: its trace is refused: line 4: it is step 4 where 3 is expected
      steps from 0
          train: its trace is refused: line 2: it is step 0 where 1 is expected
      the last line rewritten, its chain not
          train: its trace is refused: line 7: its chain is not the hash of the line
      the base’s digest, sealed, and the trained model
          train: model holds other weights than its trace ends in (fca02a21, not decc9a54)
      a last line without parameters
          train: the last line of its trace says nothing of the weights
      a header without the weights
          train: the last line of its trace says nothing of the weights (and 2 more)
      a header of something else
          train: its trace is of "evaluation", not of a training
      a header of another format
          train: its trace is refused: line 1: $.trace is not 1
      the trace of another training
          train: model holds other weights than its trace ends in (fca02a21, not de65bab7) (and 2 more)
      lines with CRLF
          train: its trace is refused: line 1: not in canonical form
      a byte order mark
          train: its trace is refused: line 1: not a JSON object in UTF-8
      something after it
          train: its trace is refused: line 8: $.step is missing
      zeros after it
          train: its trace is refused: line 8: torn: it has no end
      cut in its last line
          train: its trace is refused: line 7: torn: it has no end
      without its last line feed
          train: its trace is refused: line 7: torn: it has no end
      compressed
          train: its trace is refused: line 1: not a JSON object in UTF-8
      not UTF-8
          train: its trace is refused: line 8: not a JSON object in UTF-8
      a line without end
          train: its trace is refused: line 8: longer than 65536 bytes
      another spelling
          train: its trace is refused: line 2: not in canonical form
      a key twice
          train: its trace is refused: line 3: not in canonical form
      no trace, though the kind writes one
          train: its kind writes a trace, and it has none
      a better loss in the metrics
          train: loss of step 6 is 0.0001 in its metrics, 0.14285714285714285 in its trace
      the last bit of a gradient norm
          train: grad_norm of step 2 is 2.1000000000000005 in its metrics, 2.1 in its trace
      a loss that was not a number, as 0
          train: loss of step 3 is 0 in its metrics, NaN in its trace
      a loss that metrics leave out
          train: loss of step 3 is not there in its metrics, 0.25 in its trace
      a loss that the trace leaves out
          train: loss of step 3 is 0.25 in its metrics, not there in its trace
      negative zero for zero
          train: loss of step 3 is 0 in its metrics, -0 in its trace
      a row of metrics left out
          train: row 3 of its metrics is not that of step 3
      a row of metrics twice
          train: row 7 of its metrics is not that of step 7
      metrics of fewer steps
          train: its metrics have 5 rows, and its trace 6 steps
      metrics that are none
          train: row 1 of its metrics is not a JSON object
      no metrics
          train: it has a trace, and no metrics
      boundaries swapped
          train: boundaries: the state after step 2 is none: names another step (and 1 more)
      a boundary of another trace
          train: the state after step 2 is of another trace: its chain is not the trace’s there (and 1 more)
      a boundary with other weights under the right chain
          train: the state after step 2 has other tensors than its trace there: parameters
      a boundary left out
          train: boundaries: the state after step 4 is not there
      a boundary that is none
          train: boundaries: the state after step 4 is none: $.boundary is missing
      a boundary after no boundary
          train: boundaries: "states/00000005.json" is the state after no boundary
      a boundary that leaves its weights out
          train: the state after step 4 lacks what its trace has there: parameters
      a boundary that leaves its optimizer out
          train: the state after step 4 lacks what its trace has there: optimizer
      a boundary without anything in it
          train: the state after step 4 lacks what its trace has there: parameters
      a trace that says nothing of a boundary’s optimizer
          train: the state after step 4 has what its trace lacks there: optimizer
      boundaries without their tensors
          train: boundaries: the state after step 2 lacks its tensor "optimizer/model.embed_tokens.weight/exp_avg" (and 1 more)
      an index of other steps
          train: boundaries: its index.json is not what the params say"
    `);
  });
});
