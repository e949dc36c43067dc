import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {type APublication, aPublication, type Liberties} from '../../audit/testing/a-publication.ts';
import {type AWorld, aWorld} from '../../audit/testing/a-world.ts';
import {copyBucket} from '../../audit/testing/copy-bucket.ts';
import {audit} from './audit.ts';

it('prints what one would paste into a review', async () => {
  const {url, world, published} = await inAFolder();
  expect(await run(world, url, ['--key', published.signer.key.text])).toMatchInlineSnapshot(`
    "tiny · number 1 · Ada · Apache-2.0 · 2026-11-24
    publication sha256:0b8770a111d15fa6e8ca94013aeda8a04389142818e83bc42cf097059b37160e
    run         sha256:bb9bd9057296ca7c8917f39db4c8390e695c6230c270c68f29177c172b3e8a77

      publication  pass         its bytes are its name’s, in the one form of format 1
      signature    pass         4 envelopes signed by ed25519:BHtrOfdvoA1e (253735b09cd26860)
      newest       pass         number 1 of tiny, the first; nothing newer is here
      statements   pass         4 statements, each as the record says
      record       pass         its bytes are those that the publication names, in the one form of format 2
      keys         pass         3 key documents hashed again to the same keys, on one hardware class
      graph        pass         3 stages succeeded, and 3 inputs accounted for, 1 of them pinned sources
      plan         pass         planned again from the published pipeline: 3 stages come out with the same commands, params and inputs
      receipts     pass         3 in the bucket are those of the record
      source       pass         the pipeline and all that it includes, 4 files, hashed
      code         pass         what ran is what is published: 3 stage folders and the SDK, 8 files, hashed
      locks        pass         1 published, every requirement with its hashes
      pins         pass         1 pinned by SHA-256: 1 here and hashed
      artifacts    pass         4 files, 200.0 kB: each hashed
      logs         pass         3 logs, 1 metrics file and 0 traces of 3 stages, hashed
      trace        not checked  no stage has one, and no kind that was run says that it writes one
      sandbox      pass         3 stages ran confined to what they declare
      pickles      pass         no file runs code when it is loaded, by its bytes and its name
      attested     not checked  nobody has added one

    passed: 17 checks; to know, and no fault: trace, attested
    next: repro pull ./bucket/publications/v1/0b8770a111d15fa6e8ca94013aeda8a04389142818e83bc42cf097059b37160e   the final model, verified
          repro run ./bucket/publications/v1/0b8770a111d15fa6e8ca94013aeda8a04389142818e83bc42cf097059b37160e    the same again, on this machine
    [0]"
  `);
});

it('ends with 5 when nobody was chosen to believe', async () => {
  const {url, world} = await inAFolder();
  expect(await run(world, url)).toMatchInlineSnapshot(`
    "tiny · number 1 · Ada · Apache-2.0 · 2026-11-24
    publication sha256:0b8770a111d15fa6e8ca94013aeda8a04389142818e83bc42cf097059b37160e
    run         sha256:bb9bd9057296ca7c8917f39db4c8390e695c6230c270c68f29177c172b3e8a77

      publication  pass         its bytes are its name’s, in the one form of format 1
      signature    not checked  you have not chosen a key to check it with
      newest       pass         number 1 of tiny, the first; nothing newer is here
      statements   pass         4 statements, each as the record says
      record       pass         its bytes are those that the publication names, in the one form of format 2
      keys         pass         3 key documents hashed again to the same keys, on one hardware class
      graph        pass         3 stages succeeded, and 3 inputs accounted for, 1 of them pinned sources
      plan         pass         planned again from the published pipeline: 3 stages come out with the same commands, params and inputs
      receipts     pass         3 in the bucket are those of the record
      source       pass         the pipeline and all that it includes, 4 files, hashed
      code         pass         what ran is what is published: 3 stage folders and the SDK, 8 files, hashed
      locks        pass         1 published, every requirement with its hashes
      pins         pass         1 pinned by SHA-256: 1 here and hashed
      artifacts    pass         4 files, 200.0 kB: each hashed
      logs         pass         3 logs, 1 metrics file and 0 traces of 3 stages, hashed
      trace        not checked  no stage has one, and no kind that was run says that it writes one
      sandbox      pass         3 stages ran confined to what they declare
      pickles      pass         no file runs code when it is loaded, by its bytes and its name
      attested     not checked  nobody has added one

    incomplete: nothing wrong was found, and not checked: signature
    help: get the author’s key by a way you trust, then --key KEY, or repro keys trust KEY; its id is 253735b09cd26860f1106bbd5e3eb02e5e139500376b3e585f21da5b2a00da74
    [5]"
  `);
});

it('ends with 3, and says all that is wrong', async () => {
  const {url, world, published, folder} = await inAFolder();
  writeFileSync(join(folder, published.keys.blob), 'a worm\n');
  writeFileSync(join(folder, published.keys['stage code']), 'x');
  expect(await run(world, url, ['--key', published.signer.key.text])).toMatchInlineSnapshot(`
    "tiny · number 1 · Ada · Apache-2.0 · 2026-11-24
    publication sha256:0b8770a111d15fa6e8ca94013aeda8a04389142818e83bc42cf097059b37160e
    run         sha256:bb9bd9057296ca7c8917f39db4c8390e695c6230c270c68f29177c172b3e8a77

      publication  pass         its bytes are its name’s, in the one form of format 1
      signature    pass         4 envelopes signed by ed25519:BHtrOfdvoA1e (253735b09cd26860)
      newest       pass         number 1 of tiny, the first; nothing newer is here
      statements   pass         4 statements, each as the record says
      record       pass         its bytes are those that the publication names, in the one form of format 2
      keys         pass         3 key documents hashed again to the same keys, on one hardware class
      graph        not checked  which sources it has, the pipeline could not be asked; words: nobody made its input problems (sha256:508c8dc0e1bd22528f840a618e23a26e3458aaf06166e63f30b0c3271bc5a9d5)
      plan         FAIL         the published pipeline can’t be planned: there is no kind of stage called \`fit\`
      receipts     pass         3 in the bucket are those of the record
      source       pass         the pipeline and all that it includes, 4 files, hashed
      code         FAIL         the code of builtin:fit: main.py: its pack packs/v1/7f/7f7af3a569f078a396fd0ee4619db6c41a0e5b5f5320f5bb45edb79998f2b302 has 1 bytes where 211 are expected (in pack 7f7af3a5)
                                the code of builtin:fit: stage.yaml: its pack packs/v1/7f/7f7af3a569f078a396fd0ee4619db6c41a0e5b5f5320f5bb45edb79998f2b302 has 1 bytes where 211 are expected (in pack 7f7af3a5)
      locks        pass         1 published, every requirement with its hashes
      pins         not checked  which sources it has, the pipeline could not be asked
      artifacts    FAIL         words.out: its bytes are those of sha256:02be9a94c8068be89740ab0a1bd8687058ac95ce81f9d71313c91c9fd95c3fb6
      logs         pass         3 logs, 1 metrics file and 0 traces of 3 stages, hashed
      trace        not checked  which stages must have one, the pipeline could not be asked
      sandbox      pass         3 stages ran confined to what they declare
      pickles      pass         no file runs code when it is loaded, by its bytes and its name
      attested     not checked  nobody has added one

    FAILED: plan, code, artifacts
    help: don’t build on this run; send these lines to its author
    [3]"
  `);
});

it('ends with 4 when there is nothing', async () => {
  const {world} = await inAFolder();
  const nowhere = `publications/v1/${'0'.repeat(64)}`;
  expect(await run(world, `./bucket/${nowhere}`)).toMatchInlineSnapshot(`
    "error[no-publication]: there is no publication sha256:0000000000000000000000000000000000000000000000000000000000000000 in HOME/bucket
    [4]"
  `);
  expect(await run(world, `./elsewhere/${nowhere}`)).toMatchInlineSnapshot(`
    "error[bucket-no-bucket]: elsewhere: there is no such folder
      help: look at the address
    [4]"
  `);
});

it('ends with 2 for what is no place of a run', async () => {
  const {world, url} = await inAFolder();
  expect(await run(world, 'https://host/run')).toMatchInlineSnapshot(`
    "error[not-a-publication]: "https://host/run" is not the place of a published run
      help: it ends in publications/v1/ and 64 digits, or in names/v1/SIGNER/NAME for the newest of a name; a run in a store of your lab: --from STORE
    [2]"
  `);
  expect(await run(world, url, ['--key', 'rubbish'])).toMatchInlineSnapshot(`
    "error[bad-key]: --key rubbish: not a public key: expected ed25519:… or a line such as ssh-ed25519 AAAA…
      help: give ed25519:…, the path of a .pub file, or a name in trusted-keys
    [2]"
  `);
  expect(await run(world, url, ['--sample', '-3'])).toMatchInlineSnapshot(`
    "error[bad-sample]: --sample -3 is no size of a sample
      help: write a whole number above 0, or a percentage: 5%
    [2]"
  `);
});

it('finds the newest of a name', async () => {
  const {world, published, folder} = await inAFolder();
  const {key} = published.signer;
  const said = await run(world, `${folder}/names/v1/${key.id}/tiny`, ['--key', key.text]);
  expect(said).toContain('newest       pass         number 1 of tiny, the first; the newest there is');
});

it('says what a sample is worth', async () => {
  const {url, world, published} = await inAFolder();
  const said = await run(world, url, ['--key', published.signer.key.text, '--sample', '3', '--seed', 'x']);
  expect(said.split('\n').filter((line) => line.includes('artifacts'))).toMatchInlineSnapshot(`
    [
      "  artifacts    pass         a sample of 3 of 5 files hashed (seed x): if 1 were bad it would be found with 60 %, if 10 were with 100 %",
    ]
  `);
});

/** Characters that a terminal would obey. */
const OBEYED = ['\u001b', '\u009b', '\u202e'];

it('obeys nothing that a stranger wrote', async () => {
  const {url, world, published} = await inAFolder({
    publication: (publication) => ({
      ...publication,
      license: 'MIT\u001b[2J\u009b31m',
      authors: [{name: '\u202eadA'}],
    }),
  });
  const said = await run(world, url, ['--key', published.signer.key.text]);
  expect(OBEYED.filter((character) => said.includes(character))).toEqual([]);
  const json = await run(world, url, ['--key', published.signer.key.text, '--json']);
  expect(OBEYED.filter((character) => json.includes(character))).toEqual([]);
  expect(JSON.parse(json.slice(0, json.lastIndexOf('}') + 1))).toMatchObject({
    audit: 1,
    verdict: 'passed',
    exitCode: 0,
  });
});

async function inAFolder(liberties: Liberties = {}) {
  const home = temporaryDirectory();
  const folder = join(home, 'bucket');
  const published: APublication = await aPublication(liberties);
  await copyBucket(published.bucket, folder);
  const url = `./bucket/publications/v1/${published.digest.slice(7)}`;
  return {url, folder, published, world: aWorld(home)};
}

/** What it prints, with its exit code; without what differs from one machine to the next. */
async function run(world: AWorld, url: string, words: readonly string[] = []): Promise<string> {
  const option = (name: string) => {
    const at = words.indexOf(name);
    return at < 0 ? undefined : words[at + 1];
  };
  const before = world.printed().length;
  const key = option('--key');
  const code = await audit(
    {
      url,
      keys: key === undefined ? [] : [key],
      sample: option('--sample'),
      seed: option('--seed'),
      json: words.includes('--json'),
    },
    world,
  );
  return `${world.printed().slice(before).replaceAll(world.directory, 'HOME')}[${code}]`;
}
