import {expect, it} from 'vitest';
import {digestFromHex} from '../../../schemas/digest.ts';
import {statePath} from '../../compare/trace/state-document.ts';
import {openRig, type Rig} from '../../testing/rig.ts';
import {
  type Audited,
  auditIt,
  auditText,
  type Forgery,
  forge,
  publish,
  tensorPath,
} from '../testing/segments-published.ts';
import {TRAINER, training} from '../testing/segments-trainer.ts';
import {ranked} from './draw.ts';

const ABOUT = {license: 'CC-BY-4.0', authors: [{name: 'A liar'}]};
const OTHER = 'f'.repeat(64);

/** Step 7, in segment 3 of 10: other parameters than were computed, and all after it chained to that. */
const LINE: Forgery = {
  line: (line, index) => {
    if (index === 7) Object.assign(line.parts as object, {parameters: OTHER});
  },
};

async function forged(forgery: Forgery): Promise<{rig: Rig; url: string}> {
  const rig = await openRig();
  rig.write(TRAINER);
  rig.pipeline({train: training(20, 2)}, ABOUT);
  await rig.run();
  forge(rig, 'train', forgery);
  return {rig, url: await publish(rig)};
}

function verdicts({replay}: Audited): string {
  return (replay?.segments ?? []).map(({index, verdict}) => `${index} ${verdict}`).join(', ');
}

it('a forged step is caught when its segment is drawn, at that step, and only then', async () => {
  const {rig, url} = await forged(LINE);
  await using _ = rig;
  const all = await auditIt(rig, url, '--budget', '100%');
  // Signed and consistent: reading finds nothing.
  expect(all.rows.filter(({state}) => state === 'fail').map(({check}) => check)).toEqual(['replay']);
  expect(verdicts(all)).toBe(
    '0 exact, 1 exact, 2 exact, 3 different, 4 exact, 5 exact, 6 exact, 7 exact, 8 exact, 9 exact',
  );
  expect(all.replay?.segments[3]).toMatchObject({
    difference: {
      in: 'trace',
      divergence: {kind: 'step', step: 7, first: 'parameters', cause: 'parameter-update'},
    },
  });
  expect([all.code, all.row.state]).toEqual([3, 'fail']);
  const text = await auditText(rig, url, '--budget', '100%');
  expect(text.split('\n').filter((line) => line.includes('segment 3'))).toMatchInlineSnapshot(`
    [
      "  train  segment 3, steps 7 to 8             DIFFERENT  step 7 of 20: parameters differ first → the parameters alone (the update, or a bit changed from outside)",
      "  replay  FAIL         train segment 3: step 7 of 20: parameters differ first → the parameters alone (the update, or a bit changed from outside)",
    ]
  `);
  // A draw that misses it says no more than what it looked at.
  const [hits, misses] = [seedThat(url, true), seedThat(url, false)];
  expect((await auditIt(rig, url, '--budget', '30%', '--seed', hits)).code).toBe(3);
  const missed = await auditIt(rig, url, '--budget', '30%', '--seed', misses);
  expect([missed.code, missed.row.state]).toEqual([0, 'pass']);
  expect(missed.row.why).toMatch(/^3 of 10 segments, drawn and executed again: bit for bit; .* 30\.0 %$/);
  expect(missed.replay?.notLookedAt[0]).toMatchObject({what: '7 of 10 segments'});
});

/** Draws segment 3 among three of ten, or doesn’t: as anybody can compute beforehand. */
function seedThat(url: string, draws: boolean): string {
  const publication = digestFromHex(url.slice(-64));
  const segments = Array.from({length: 10}, (_, index) => ({stage: 'train', index}));
  for (let seed = 0; ; seed++) {
    const drawn = ranked({publication, seed: String(seed)}, segments).slice(0, 3);
    if (drawn.some(({index}) => index === 3) === draws) return String(seed);
  }
}

it('a state that nobody arrives at is caught from both sides', async () => {
  const weights = Buffer.alloc(16, 7);
  const {rig, url} = await forged({
    files: (files) => {
      const state = JSON.parse(String(files.get(statePath(8))));
      const tensor = state.tensors['parameters/w'];
      tensor.sha256 = tensorPath(weights).slice(-64);
      files.set(statePath(8), Buffer.from(JSON.stringify(state)));
      files.set(tensorPath(weights), weights);
    },
  });
  await using _ = rig;
  const found = await auditIt(rig, url, '--budget', '100%');
  expect(found.replay?.segments[3]).toMatchObject({
    verdict: 'different',
    difference: {in: 'state', step: 8, differing: ['parameters/w']},
  });
  expect(found.replay?.segments[4]).toMatchObject({
    verdict: 'different',
    difference: {in: 'trace', divergence: {kind: 'step', step: 9, first: 'parameters'}},
  });
  expect(verdicts(found).match(/exact/g)).toHaveLength(8);
});

it('a start that is not there fails its segment and no other', async () => {
  const {rig, url} = await forged({files: (files) => void files.delete(statePath(12))});
  await using _ = rig;
  const found = await auditIt(rig, url, '--budget', '100%');
  expect(found.replay?.segments.filter(({verdict}) => verdict !== 'exact')).toMatchObject([
    {index: 5, difference: {in: 'state', step: 12, differing: ['the recorded one is not there']}},
    {index: 6, difference: {in: 'reply', why: 'the state after step 12 is not there'}},
  ]);
});

it('a model that the trace does not end in is another one', async () => {
  const {rig, url} = await forged({
    line: (line, index) => {
      if (index === 20) Object.assign(line.parts as object, {parameters: OTHER});
    },
  });
  await using _ = rig;
  const found = await auditIt(rig, url, '--budget', '10%', '--seed', 'a');
  expect(found.replay?.trainings[0]?.findings).toEqual([
    'model has other bits than the trace ends in (saved as F32)',
  ]);
  expect(found.code).toBe(3);
});

it('numbers and rollouts that were made up beside a true trace are caught, too', async () => {
  const {rig, url} = await forged({
    metrics: (text) => text.replace('{"reward":0.5,"step":5}', '{"reward":0.9,"step":5}'),
    files: (files) => {
      const text = String(files.get('completions.jsonl'));
      files.set('completions.jsonl', Buffer.from(text.replace('{"ids":[9,10],', '{"ids":[9,11],')));
    },
  });
  await using _ = rig;
  const found = await auditIt(rig, url, '--budget', '100%');
  expect(found.replay?.segments.filter(({verdict}) => verdict !== 'exact')).toMatchObject([
    {index: 2, difference: {in: 'rows', logs: ['metrics']}},
    {index: 4, difference: {in: 'rows', logs: ['completions']}},
  ]);
  expect(found.code).toBe(3);
});
