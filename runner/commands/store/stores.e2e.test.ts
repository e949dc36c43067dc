import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestsOf, statesOf} from '../../testing/events.ts';
import {normalise} from '../../testing/normalise.ts';
import {from, shell} from '../../testing/pipeline-text.ts';
import {openRig, type Rig} from '../../testing/rig.ts';

const TWO = {
  a: shell('printf hello > outputs/out'),
  b: shell('wc -c < inputs/text > outputs/out', {inputs: {text: from('a.out')}}),
};

describe('repro push', () => {
  it('sends a run to a folder, and once', async () => {
    await using rig = await ranTwice();
    expect(await told(rig, 'push', '--to', '../shared')).toMatchInlineSnapshot(`
      "tiny · run <short> · to <root>/shared
      sent <n> objects, <bytes>
      2 new results: with this store nobody has to compute them again
      exit 0"
    `);
    expect(await told(rig, 'push', '--to', '../shared')).toMatchInlineSnapshot(`
      "tiny · run <short> · to <root>/shared
      nothing to send: all <n> objects are there
      2 results were there
      exit 0"
    `);
    expect(readdirSync(join(rig.root, 'shared')).sort()).toMatchInlineSnapshot(`
      [
        ".incoming",
        "objects",
        "packs",
        "receipts",
      ]
    `);
    expect(await told(rig, 'store', 'verify', '--store', '../shared')).toMatchInlineSnapshot(`
      "<root>/shared: everything is as it should be
      exit 0"
    `);
  });

  it('says what is wrong before it sends anything', async () => {
    await using rig = await ranTwice();
    expect(await told(rig, 'push', 'nothing', '--to', '../shared')).toMatchInlineSnapshot(`
      "error[unknown-run]: no run is called "nothing"
        help: runs are in .repro/runs
      exit 2"
    `);
    expect(await told(rig, 'push', '--to', 'lab')).toMatchInlineSnapshot(`
      "error[unknown-store]: no store is called "lab"
        help: <root>/home/.config/repro/stores.yaml names none (a folder is written ./lab, a bucket s3://lab)
      exit 2"
    `);
    expect(await told(rig, 'push', '--to', 'https://host/x')).toMatchInlineSnapshot(`
      "error[read-only-store]: https://host/x is only to be read
        help: to write, name it by s3://bucket/prefix or a folder; \`access: read-only\` in stores.yaml forbids it too
      exit 2"
    `);
    expect(await told(rig, 'push', '--to', '../cache/repro/store')).toMatchInlineSnapshot(`
      "error[stage-store]: ../cache/repro/store is a store that stages run in, and those don't know packs of small files
        help: share through another folder or a bucket; to run with this one, give it as --store
      exit 2"
    `);
  });
});

describe('repro store verify', () => {
  it('mends what is damaged on either side with what the other has', async () => {
    await using rig = await ranTwice();
    await rig.repro(['push', '--to', '../shared']);
    const digest = digestsOf(await rig.run())['a.out'] ?? '';
    const hex = digest.slice('sha256:'.length);
    const object = `objects/v1/${hex.slice(0, 2)}/${hex}`;
    rmSync(join(rig.store, object));
    writeFileSync(join(rig.store, object), 'hullo');
    expect(await told(rig, 'store', 'verify')).toMatchInlineSnapshot(`
      "corrupt: <root>/cache/repro/store/objects/v1/xx/<hex> holds <digest>
      missing: <digest>, which the receipt <digest> names as outputs.out, is not there
      <root>/cache/repro/store: 2 findings (exit 3 = 1 (corrupt) + 2 (missing)); --repair sets it aside, and with --from STORE fetches it again
      exit 3"
    `);
    expect(await told(rig, 'store', 'verify', '--repair', '--from', '../shared')).toMatchInlineSnapshot(`
      "corrupt: <root>/cache/repro/store/objects/v1/xx/<hex> holds <digest>; mended
      <root>/cache/repro/store: 1 finding, 1 mended (exit 1 = 1 (corrupt))
      exit 1"
    `);
    expect(await told(rig, 'store', 'verify')).toMatchInlineSnapshot(`
      "<root>/cache/repro/store: everything is as it should be
      exit 0"
    `);

    rmSync(join(rig.root, 'shared', object));
    writeFileSync(join(rig.root, 'shared', object), 'hullo');
    expect(await told(rig, 'store', 'verify', '--store', '../shared')).toMatchInlineSnapshot(`
      "corrupt: objects/v1/xx/<hex> holds <digest>
      missing: <digest>, which the receipt <digest> names as outputs.out, is not there
      <root>/shared: 2 findings (exit 3 = 1 (corrupt) + 2 (missing)); --repair sends again what the local store has
      exit 3"
    `);
    expect(await told(rig, 'store', 'verify', '--store', '../shared', '--repair')).toMatchInlineSnapshot(`
      "corrupt: objects/v1/xx/<hex> holds <digest>; mended
      <root>/shared: 1 finding, 1 mended (exit 1 = 1 (corrupt))
      exit 1"
    `);
    expect(readFileSync(join(rig.root, 'shared', object), 'utf8')).toBe('hello');
  });
});

describe('repro store gc', () => {
  it('needs to be told which store, counts, and deletes only when asked to', async () => {
    await using rig = await ranTwice();
    expect((await rig.repro(['store', 'gc'])).code).toBe(2);
    rmSync(join(rig.project, '.repro/runs'), {recursive: true});
    const old = ['--grace', '0', '--keep-results', '0'];
    expect(await told(rig, 'store', 'gc', '--store', 'local', ...old)).toMatchInlineSnapshot(`
      "<root>/cache/repro/store
        garbage    <n> objects, <bytes> · 2 results, <bytes>
        too young  none
        kept       none
        for        pins, publications, 0 runs of <root>/project, results younger than 0 days
      nothing was deleted; --delete does it
      exit 0"
    `);
    expect(await told(rig, 'store', 'gc', '--store', 'local', '--delete', ...old)).toMatchInlineSnapshot(`
      "<root>/cache/repro/store
        garbage    <n> objects, <bytes> · 2 results, <bytes>
        too young  none
        kept       none
        for        pins, publications, 0 runs of <root>/project, results younger than 0 days
      the garbage is deleted
      exit 0"
    `);
    expect(await told(rig, 'store', 'gc', '--store', 'local')).toMatchInlineSnapshot(`
      "<root>/cache/repro/store
        garbage    none
        too young  none
        kept       none
        for        pins, publications, 0 runs of <root>/project, results younger than 90 days
      there is nothing to delete
      exit 0"
    `);
    expect(statesOf(await rig.run())).toEqual({a: 'executed', b: 'executed'});
  });

  it('keeps what runs and pins name', async () => {
    await using rig = await ranTwice();
    const old = ['--delete', '--grace', '0', '--keep-results', '0'];
    expect((await rig.repro(['store', 'gc', '--store', 'local', ...old])).code).toBe(0);
    expect(statesOf(await rig.run())).toEqual({a: 'cached', b: 'cached'});
    const [run] = readdirSync(join(rig.project, '.repro/runs'));
    expect(await told(rig, 'store', 'pin', run ?? '', '--note', 'the paper')).toMatchInlineSnapshot(`
      "<root>/cache/repro/store: <short> and all that it names is kept
      exit 0"
    `);
    rmSync(join(rig.project, '.repro/runs'), {recursive: true});
    expect((await rig.repro(['store', 'gc', '--store', 'local', ...old])).code).toBe(0);
    expect(statesOf(await rig.run())).toEqual({a: 'cached', b: 'cached'});
  });

  it('is careful with a store that others push to', async () => {
    await using rig = await ranTwice();
    await rig.repro(['push', '--to', '../shared']);
    // A folder of results and objects alone could be either; a publication or a pack tells.
    rmSync(join(rig.project, '.repro/runs'), {recursive: true});
    expect(
      await told(rig, 'store', 'gc', '--store', '../shared', '--delete', '--grace', '0'),
    ).toMatchInlineSnapshot(`
      "error[too-eager]: in <root>/shared only the grace period protects what others are pushing, and it is under a day
        help: take a day or more; or --force, when you know that nobody pushes
      exit 2"
    `);
  });
});

async function ranTwice(): Promise<Rig> {
  const rig = await openRig();
  rig.pipeline(TWO);
  expect((await rig.run()).code).toBe(0);
  return rig;
}

/** Both streams and the exit code. */
async function told(rig: Rig, ...argv: readonly string[]): Promise<string> {
  const {stdout, stderr, code} = await rig.repro(argv);
  return (
    normalise(`${stdout}${stderr}exit ${code}`, rig)
      .replaceAll(/[0-9a-f]{64}/g, '<hex>')
      .replaceAll(/\/[0-9a-f]{2}\/<hex>/g, '/xx/<hex>')
      .replaceAll(/\d+(\.\d)? k?B/g, '<bytes>')
      // What a run is made from counts too: the SDK, which grows.
      .replaceAll(/\b\d+ objects/g, '<n> objects')
  );
}
