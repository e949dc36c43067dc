import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {from, pipelineText, shell} from '../../testing/pipeline-text.ts';
import {openRig} from '../../testing/rig.ts';
import {printed, sampleProject} from '../../testing/sample-project.ts';

describe('repro check', () => {
  it('is quiet about what is right, and counts profiles', async () => {
    await using rig = await sampleProject();
    rig.write({'q.yaml': pipelineText({a: shell('true')}, {profiles: {small: {}, large: {}}})});
    expect(await printed(rig, 'check', 'p.yaml', 'q.yaml')).toMatchInlineSnapshot(`
      "2 files checked in 4 profiles, no errors
      [0]"
    `);
  });

  it('says all that is wrong, where, and what to do; as NDJSON with --json', async () => {
    await using rig = await openRig();
    rig.write({
      'p.yaml': 'repro: 1\nname: tiny\nstages:\n  a: {uses: comand}\n  b: {uses: command, wiht: {}}\n',
    });
    expect(await printed(rig, 'check', 'p.yaml')).toMatchInlineSnapshot(`
      "error[unknown-kind]: there is no kind of stage called \`comand\`
        p.yaml:4:13
           4 |   a: {uses: comand}
             |             ^^^^^^
        help: did you mean \`command\`?

      error[unknown-key]: \`wiht\` is not a key of \`stages.b\`
        p.yaml:5:22
           5 |   b: {uses: command, wiht: {}}
             |                      ^^^^
        help: did you mean \`with\`?
      [2]"
    `);
    const {stdout, code} = await rig.repro(['check', 'p.yaml', '--json']);
    expect(code).toBe(2);
    const diagnostics = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(diagnostics.map(({code, place}) => [code, place.line])).toEqual([
      ['unknown-kind', 4],
      ['unknown-key', 5],
    ]);
  });
});

describe('what can not be done', () => {
  it('ends with 2 and says why', async () => {
    await using rig = await sampleProject();
    const answers: Record<string, string> = {};
    for (const line of [
      'run',
      'run absent.yaml',
      'run p.yaml --until trian',
      'run p.yaml --only nothing-like-it',
      'run p.yaml -j 0',
      'replay -j many',
      'audit place -j 1.5',
      'run p.yaml --sandbox docker',
      'run p.yaml --profile none',
      'run p.yaml -p rate=fast',
      'rum p.yaml',
      'run p.yaml --no-cash',
      'schema pipelin',
    ]) {
      answers[line] = await printed(rig, ...line.split(' '));
    }
    expect(answers).toMatchInlineSnapshot(`
      {
        "audit place -j 1.5": "error: option '-j, --jobs <n>' argument '1.5' is invalid. It must be a whole number above 0.
      [2]",
        "replay -j many": "error: option '-j, --jobs <n>' argument 'many' is invalid. It must be a whole number above 0.
      [2]",
        "rum p.yaml": "error: unknown command 'rum'
      (Did you mean run?)
      [2]",
        "run": "error: missing required argument 'pipeline'
      [2]",
        "run absent.yaml": "error[unreadable-file]: absent.yaml does not exist
        help: check the path
      [2]",
        "run p.yaml --no-cash": "error: unknown option '--no-cash'
      (Did you mean --no-cache?)
      [2]",
        "run p.yaml --only nothing-like-it": "error[unknown-stage]: no stage is called "nothing-like-it"
        help: the stages are: words, temperature, train
      [2]",
        "run p.yaml --profile none": "error[unknown-profile]: there is no profile \`none\`
        command line:1:11
           1 | --profile none
             |           ^^^^
        help: the pipeline declares no \`profiles\`: leave --profile out
      [2]",
        "run p.yaml --sandbox docker": "error: option '--sandbox <kind>' argument 'docker' is invalid. Allowed choices are auto, bubblewrap, none.
      [2]",
        "run p.yaml --until trian": "error[unknown-stage]: no stage is called "trian"
        help: did you mean \`train\`?
      [2]",
        "run p.yaml -j 0": "error: option '-j, --jobs <n>' argument '0' is invalid. It must be a whole number above 0.
      [2]",
        "run p.yaml -p rate=fast": "error[wrong-type]: param "rate" takes a number, found the text "fast"
        command line:1:9
           1 | -p rate=fast
             |         ^^^^
        help: give a number
      [2]",
        "schema pipelin": "error[unknown-schema]: there is no schema called "pipelin"
        help: there are: pipeline, stage, request
      [2]",
      }
    `);
  });

  it('a store that can not be made ends with 4, in words', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf hello > outputs/out')});
    rig.write({file: ''});
    const answer = await printed(rig, 'run', 'p.yaml', '--store', 'file/store');
    expect(answer).toMatchInlineSnapshot(`
      "error[store]: the store failed (denied): <root>/project/file/store: EACCES: permission denied, access '<root>/project/file'
        help: run again when the store is well: finished stages are cached
      [4]"
    `);
    expect(await printed(rig, 'plan', 'p.yaml', '--store', 'file/store')).toBe(answer);
    expect(await printed(rig, 'store', 'verify', '--store', 'file/store')).toBe(answer);
  });

  it('a source that is no regular file is refused', async () => {
    await using rig = await openRig();
    execFileSync('mkfifo', [join(rig.project, 'fifo')]);
    rig.pipeline(
      {a: shell('cat inputs/x > outputs/out', {inputs: {x: from('sources.x')}})},
      {
        sources: {x: {file: 'fifo', kind: 'text', sha256: '0'.repeat(64), type: 'blob'}},
      },
    );
    expect(await printed(rig, 'run', 'p.yaml')).toMatchInlineSnapshot(`
      "error[unusable-source]: source "x": "<root>/project/fifo" is a fifo; only regular files and directories are taken
        p.yaml:14:5
          14 |     "x": {
             |     ^^^
      [2]"
    `);
  });

  it('a lock that does not say which bytes to install is refused', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf hello > outputs/out')});
    rig.write({'bare.lock.txt': '# a lock?\nnumpy==2.0.0\n'});
    expect(await printed(rig, 'run', 'p.yaml', '--sandbox', 'none')).toMatchInlineSnapshot(`
      "error[unhashed-lock]: bare.lock.txt:2: this requirement has no --hash, so the lock does not say which bytes to install
        help: write the lock with hashes: \`pip-compile --generate-hashes\` or \`uv export --format requirements-txt\`
      [2]"
    `);
  });
});

describe('repro store verify', () => {
  it('is content with a good store, and names what is wrong with a bad one', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf hello > outputs/out')});
    await rig.run();
    expect(await printed(rig, 'store', 'verify')).toMatchInlineSnapshot(`
      "<root>/cache/repro/store: everything is as it should be
      [0]"
    `);
    writeFileSync(join(rig.layout.objects, 'note.txt'), '');
    expect(await printed(rig, 'store', 'verify')).toMatchInlineSnapshot(`
      "other: <root>/cache/repro/store/objects/v1/note.txt: not a directory
      <root>/cache/repro/store: 1 finding (exit 4 = 4 (other)); --repair sets it aside, and with --from STORE fetches it again
      [4]"
    `);
  });
});

describe('help and version', () => {
  it('are there', async () => {
    await using rig = await openRig();
    expect((await rig.repro(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await rig.repro(['--help'])).stdout).toContain('Exit codes:');
    expect((await rig.repro(['run', '--help'])).stdout).toContain('--keep-going');
  });
});
