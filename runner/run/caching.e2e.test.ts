import {chmodSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {objectPath, receiptPath} from '../../artifacts/layout.ts';
import {openStore} from '../../artifacts/open/open-store.ts';
import {type Digest, digestFromHex, hexOf} from '../../schemas/digest.ts';
import {hardwareClass} from '../hardware/hardware-class.ts';
import {digestsOf, eventsOf, statesOf} from '../testing/events.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const TWO = {
  a: shell('printf hello > outputs/out'),
  b: shell('wc -c < inputs/text > outputs/out', {inputs: {text: from('a.out')}}),
};
const RANDOM = 'cat /proc/sys/kernel/random/uuid > outputs/out';

describe('a recorded result', () => {
  it('is used again: a second run executes nothing', async () => {
    await using rig = await openRig();
    rig.pipeline(TWO);
    const first = await rig.run();
    const second = await rig.run();
    expect(statesOf(first)).toEqual({a: 'executed', b: 'executed'});
    expect(statesOf(second)).toEqual({a: 'cached', b: 'cached'});
    expect(digestsOf(second)).toEqual(digestsOf(first));
    expect(eventsOf(second, 'stage-started')).toEqual([]);
  });

  it('is made again and compared with --no-cache: equal bits end with 0', async () => {
    await using rig = await openRig();
    rig.pipeline(TWO);
    const first = await rig.run();
    const again = await rig.run('--no-cache');
    expect(again.code).toBe(0);
    expect(statesOf(again)).toEqual({a: 'executed', b: 'executed'});
    expect(digestsOf(again)).toEqual(digestsOf(first));
  });

  it('that says `reuse: none` is never used', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf hello > outputs/out', {reuse: 'none'})});
    expect(statesOf(await rig.run())).toEqual({a: 'executed'});
    expect(statesOf(await rig.run())).toEqual({a: 'executed'});
  });

  it('whose bytes are gone is made again, and what follows stays cached', async () => {
    await using rig = await openRig();
    rig.pipeline(TWO);
    const first = await rig.run();
    rmSync(objectOf(rig, digestsOf(first)['a.out']));
    const second = await rig.run();
    expect(second.code).toBe(0);
    expect(statesOf(second)).toEqual({a: 'executed', b: 'cached'});
    expect(digestsOf(second)).toEqual(digestsOf(first));
  });

  it('whose bytes were changed is never read: the run ends with 4, and the next one makes it anew', async () => {
    await using rig = await openRig();
    rig.pipeline(TWO);
    const first = await rig.run();
    const object = objectOf(rig, digestsOf(first)['a.out']);
    chmodSync(object, 0o644);
    writeFileSync(object, 'jello');
    rig.pipeline({...TWO, b: shell('cat inputs/text > outputs/out', {inputs: {text: from('a.out')}})});
    const second = await rig.run();
    expect(second.code).toBe(4);
    expect(statesOf(second)).toEqual({a: 'cached', b: 'store'});
    const third = await rig.run();
    expect(statesOf(third)).toEqual({a: 'executed', b: 'executed'});
    expect(readFileSync(object, 'utf8')).toBe('hello');
    expect((await rig.repro(['store', 'verify'])).code).toBe(0);
  });
});

describe('a stage that does not give the same bits twice', () => {
  it('is a finding under --no-cache, and the run ends with 3', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell(RANDOM), b: shell('cat inputs/x > outputs/out', {inputs: {x: from('a.out')}})});
    const first = await rig.run();
    const again = await rig.run('--no-cache');
    expect(again.code).toBe(3);
    const [finding, ...others] = eventsOf(again, 'nondeterminism');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      stage: 'a',
      differing: ['outputs.out'],
      recorded: {outputs: {out: digestsOf(first)['a.out']}, values: {}},
      found: {outputs: {out: digestsOf(again)['a.out']}, values: {}},
    });
    // What follows goes on from the new bits, under a key of its own: no finding.
    expect(digestsOf(again)['b.out']).toBe(digestsOf(again)['a.out']);
    expect(digestsOf(again)['a.out']).not.toBe(digestsOf(first)['a.out']);
  });

  it('does not replace what was recorded first', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell(RANDOM)});
    const first = await rig.run();
    await rig.run('--no-cache');
    expect(digestsOf(await rig.run())).toEqual(digestsOf(first));
  });

  it('is no finding when it says `determinism: none`', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell(RANDOM, {determinism: 'none'})});
    const first = await rig.run();
    const again = await rig.run('--no-cache');
    expect(again.code).toBe(0);
    expect(eventsOf(again, 'nondeterminism')).toEqual([]);
    expect(digestsOf(again)).not.toEqual(digestsOf(first));
  });
});

describe('a result from another class of hardware', () => {
  it('is used where any will do, and not where the same class is asked for', async () => {
    await using rig = await openRig();
    const script = 'printf hello > outputs/out';
    rig.pipeline({any: shell(script, {reuse: 'any'}), same: shell(`${script} # same`)});
    const first = await rig.run();
    await asIfMadeElsewhere(rig);
    const second = await rig.run();
    expect(statesOf(second)).toEqual({any: 'cached', same: 'executed'});
    expect(digestsOf(second)).toEqual(digestsOf(first));
    expect(statesOf(await rig.run())).toEqual({any: 'cached', same: 'cached'});
  });

  it('is not what other bits are held against: they are no finding', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell(RANDOM)});
    await rig.run();
    await asIfMadeElsewhere(rig);
    const again = await rig.run();
    expect(again.code).toBe(0);
    expect(eventsOf(again, 'nondeterminism')).toEqual([]);
  });
});

function objectOf(rig: Rig, digest: string | undefined): string {
  return objectPath(rig.layout, digestFromHex(hexOf(digest as Digest)));
}

/** Every receipt of the store becomes one of a machine with a CPU of another vendor. */
async function asIfMadeElsewhere(rig: Rig): Promise<void> {
  const store = await openStore({directory: rig.store, owner: 'test.1.1'});
  for await (const found of store.receipts.all()) {
    if (found.state === 'damaged') throw new Error(found.why);
    const {receipt} = found;
    const hardware = hardwareClass({...receipt.hardware.facts, 'cpu.vendor': 'Elsewhere'});
    rmSync(receiptPath(store.layout, receipt.key, receipt.hardware.digest));
    await store.receipts.put({...receipt, hardware});
  }
  await store.close();
}
