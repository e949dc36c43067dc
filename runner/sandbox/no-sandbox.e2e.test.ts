import {mkdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {findInterpreter, minorOf} from '../environments/interpreter.ts';
import {writeAttack} from '../testing/attack.ts';
import {CANARY, plantSecrets, readFiles, SECRET_FILES, SECRET_VARIABLES} from '../testing/canaries.ts';
import {eventsOf, statesOf} from '../testing/events.ts';
import {connecting, listen} from '../testing/listener.ts';
import {outputOf} from '../testing/output-of.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

describe('without a sandbox', () => {
  it('a stage finds the files that these tests plant, though not the variables: the test can see', async () => {
    await using rig = await plantSecrets();
    rig.pipeline({a: shell(`${readFiles(rig)}; env >> outputs/out`)});
    const seen = await outputOf(rig, '--sandbox', 'none');
    expect(seen.split(CANARY)).toHaveLength(SECRET_FILES.length + 1);
    expect(SECRET_VARIABLES.filter((name) => seen.includes(`${name}=`))).toEqual([]);
  });

  it('the listener of these tests answers: it is there', async () => {
    await using rig = await openRig();
    await using listener = await listen();
    rig.pipeline({a: connecting(listener.port)});
    expect(await outputOf(rig, '--sandbox', 'none')).toBe('connected');
  });

  it('a stage that writes over its inputs writes over copies: nothing in the store is touched', async () => {
    await using rig = await openRig();
    rig.pipeline({
      a: shell('printf original > outputs/out'),
      b: shell('chmod 777 inputs inputs/x; printf changed > inputs/x; cat inputs/x > outputs/out', {
        inputs: {x: from('a.out')},
      }),
      c: shell('cat inputs/x > outputs/out', {inputs: {x: from('a.out'), after: from('b.out')}}),
    });
    expect(await outputOf(rig, '--sandbox', 'none')).toBe('original');
    expect((await rig.repro(['store', 'verify'])).code).toBe(0);
    const record = JSON.parse((await rig.repro(['show', '--json'])).stdout);
    const sandboxes = record.stages.map(
      (stage: {receipt: {execution: {sandbox: string}}}) => stage.receipt.execution.sandbox,
    );
    expect(sandboxes).toEqual(['none', 'none', 'none']);
  });

  it('a program is looked for where the stage is to find it: in its environment first', async () => {
    await using rig = await openRig();
    const program =
      'import os, sys; open("outputs/out", "w").write(sys.executable + os.readlink("/proc/self/exe"))';
    const python = await findInterpreter(process.env.PATH ?? '');
    rig.pipeline({a: {...shell(''), with: {argv: ['python3', '-c', program]}}});
    expect(await outputOf(rig, '--sandbox', 'none')).toMatch(
      new RegExp(`/environments/v\\d+-[^/]+/bin/python3${python?.executable}$`),
    );
  });

  it('a stage that writes over its own code fails, and has no result', async () => {
    await using rig = await openRig();
    writeAttack(rig, 'chmod -R u+w stage/; echo "# more" >> stage/main.sh; printf x > outputs/out');
    rig.pipeline({a: {uses: './attack', inputs: {}}});
    const ended = await rig.run('--sandbox', 'none');
    expect(statesOf(ended)).toEqual({a: 'code-changed'});
    expect((await rig.repro(['store', 'verify'])).code).toBe(0);
  });
});

describe('where bubblewrap is not installed', () => {
  it('stages run without, a warning and the receipt say so; unless bubblewrap is insisted on', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf x > outputs/out')});
    const variables = {PATH: await pathWithoutBubblewrap(rig)};
    const ended = await rig.repro(['run', 'p.yaml', '--json'], {variables});
    expect(ended.code).toBe(0);
    expect(eventsOf(ended, 'warning').map(({message}) => message)).toEqual([
      'stages run without a sandbox, and their receipts will say so: bubblewrap (bwrap) is not installed',
    ]);
    expect(eventsOf(ended, 'run-started')).toMatchObject([{sandbox: 'none'}]);

    const insisting = await rig.repro(['run', 'p.yaml', '--sandbox', 'bubblewrap'], {variables});
    expect(insisting.code).toBe(2);
    expect(insisting.stderr).toMatchInlineSnapshot(`
      "error[no-sandbox]: --sandbox bubblewrap: bubblewrap (bwrap) is not installed
        help: install bubblewrap, or choose --sandbox none
      "
    `);
  });
});

/** A PATH on which there is a Python and nothing else. */
async function pathWithoutBubblewrap(rig: Rig): Promise<string> {
  const python = await findInterpreter(process.env.PATH ?? '');
  if (python === undefined) throw new Error('no Python');
  const folder = join(rig.root, 'bin');
  mkdirSync(folder);
  symlinkSync(python.executable, join(folder, `python${minorOf(python.version)}`));
  return folder;
}
