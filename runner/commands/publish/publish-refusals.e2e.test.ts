import {chmodSync, existsSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {objectPath} from '../../../artifacts/layout.ts';
import type {Digest} from '../../../schemas/digest.ts';
import {lastRecord, printed, publishingProject} from '../../publish/testing/publishing-project.ts';
import {shell} from '../../testing/pipeline-text.ts';

describe('repro publish refuses', () => {
  it('a run of nobody, under no license', async () => {
    await using rig = await publishingProject({about: {}});
    expect(await printed(rig, 'publish', '--to', '../out')).toMatchInlineSnapshot(`
      "error[no-license]: the pipeline does not say under which license others may use what it made
        help: add \`license: CC-BY-4.0\`, or another SPDX identifier, to the pipeline, then run it again (what is cached is not executed again)

      error[no-author]: the pipeline does not say who made it
        help: add \`authors: [{name: Ada Lovelace}]\` to the pipeline, then run it again (what is cached is not executed again)
      [2]"
    `);
  });

  it('a run that failed, and one that is not there', async () => {
    await using rig = await publishingProject({stages: {a: shell('exit 1')}});
    expect(await printed(rig, 'publish', '--to', '../out')).toMatchInlineSnapshot(`
      "error[unfinished-run]: this run failed: only one that succeeded can be published
        help: run it to its end, or name another run
      [2]"
    `);
    expect(await printed(rig, 'publish', 'nothing', '--to', '../out')).toMatchInlineSnapshot(`
      "error[unknown-run]: no run is called "nothing"
        help: runs are in .repro/runs
      [2]"
    `);
  });

  it('without a key, and with one that others can read', async () => {
    await using rig = await publishingProject({key: false});
    expect(await printed(rig, 'publish', '--to', '../out')).toMatchInlineSnapshot(`
      "error[no-key]: there is no key "default" to sign with
        help: make one: repro keys new
      [2]"
    `);
    await rig.repro(['keys', 'new']);
    chmodSync(join(rig.home, '.config/repro/keys/default.pem'), 0o644);
    expect(await printed(rig, 'publish', '--to', '../out')).toMatchInlineSnapshot(`
      "error[no-key]: <root>/home/.config/repro/keys/default.pem can be read by others (mode 0644)
        help: chmod 600 <root>/home/.config/repro/keys/default.pem
      [2]"
    `);
  });

  it('a place that can only be read from', async () => {
    await using rig = await publishingProject();
    expect(await printed(rig, 'publish', '--to', 'https://example.org/x')).toMatchInlineSnapshot(`
      "error[read-only-store]: https://example.org/x can only be read from
        help: publish to a bucket or a folder
      [2]"
    `);
  });

  it('a run whose bytes are not all here', async () => {
    await using rig = await publishingProject();
    const record = lastRecord(rig);
    const [words] = record.stages;
    if (words?.state !== 'executed') throw new Error('words was not executed');
    rmSync(objectPath(rig.layout, words.receipt.outputs.out?.digest as Digest));
    expect(await printed(rig, 'publish', '--to', '../out')).toMatchInlineSnapshot(`
      "error[missing-bytes]: <root>/cache/repro/store does not have all of this run: output out of words
        help: run the pipeline again to make them anew, or name the store that has them: --store
      [4]"
    `);
    expect(existsSync(join(rig.root, 'out'))).toBe(false);
  });

  it('a secret in a log, and publishes when it is told that it is none', async () => {
    const token = 'correct-horse/battery+staple';
    await using rig = await publishingProject({
      variables: {LAB_TOKEN: token},
      stages: {
        a: shell(`echo ${Buffer.from(`user:${token}`).toString('base64')} > outputs/out`),
        b: shell(`echo ${token}`, {outputs: {}}),
      },
    });
    const refused = await printed(rig, 'publish', '--to', '../out');
    expect(refused).toMatchInlineSnapshot(`
      "tiny · run <short> · 2 stages · to ../out
      signed with default, ed25519:<key>
      error[secret-found]: the run record holds the value of $LAB_TOKEN, in base64, at byte <n>
        help: take it out and run again; if it is a false alarm: --allow-finding 022678640cc6

      error[secret-found]: the run record holds the value of $LAB_TOKEN, as it is, at byte <n>
        help: take it out and run again; if it is a false alarm: --allow-finding 9b678da261c3

      error[secret-found]: output out of a holds the value of $LAB_TOKEN, in base64, at byte <n>
        help: take it out and run again; if it is a false alarm: --allow-finding 308503327f7b

      error[secret-found]: the log of b holds the value of $LAB_TOKEN, as it is, at byte <n>
        help: take it out and run again; if it is a false alarm: --allow-finding 697838b83024

      error[secret-found]: p.yaml in the pipeline’s files holds the value of $LAB_TOKEN, in base64, at byte <n>
        help: take it out and run again; if it is a false alarm: --allow-finding a2ba08973a26

      error[secret-found]: p.yaml in the pipeline’s files holds the value of $LAB_TOKEN, as it is, at byte <n>
        help: take it out and run again; if it is a false alarm: --allow-finding 789fe6e3b9c9
      [2]"
    `);
    expect(refused).not.toContain(token);
    expect(existsSync(join(rig.root, 'out'))).toBe(false);
    const ids = [...refused.matchAll(/--allow-finding ([0-9a-f]{12})/g)].map(([, id = '']) => id);
    const allowed = ids.flatMap((id) => ['--allow-finding', id]);
    expect(await printed(rig, 'publish', '--to', '../out', ...allowed)).toContain(
      `for 1 secret of yours and 5 sorts of tokens: ${ids.length} findings allowed`,
    );
  });
});
