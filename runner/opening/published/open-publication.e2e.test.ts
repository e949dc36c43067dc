import {once} from 'node:events';
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {canonicalJson, type Json} from '../../../schemas/canonical-json.ts';
import {hexOf} from '../../../schemas/digest.ts';
import {shell} from '../../testing/pipeline-text.ts';
import {openRig, type Rig} from '../../testing/rig.ts';

const ABOUT = {license: 'MIT', authors: [{name: 'Ada'}]};
const COMMANDS = ['audit', 'pull', 'replay', 'run', 'bisect'] as const;

/** Published by Ada, and by Mallory, each with a key of their own. */
async function published(
  rig: Rig,
  who: string,
): Promise<{readonly bucket: string; readonly digest: string; readonly signer: string}> {
  const variables = {XDG_CONFIG_HOME: join(rig.root, `config-${who}`)};
  const bucket = join(rig.root, `pub-${who}`);
  rig.pipeline({a: shell(`echo ${who} > outputs/out`)}, ABOUT);
  for (const argv of [
    ['keys', 'new'],
    ['run', 'p.yaml'],
    ['publish', '--to', bucket],
  ])
    expect((await rig.repro(argv, {variables})).code).toBe(0);
  const [digest = ''] = readdirSync(join(bucket, 'publications/v1'));
  const [signer = ''] = readdirSync(join(bucket, 'names/v1'));
  return {bucket, digest, signer};
}

async function codes(rig: Rig, url: string): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const command of COMMANDS) {
    const to = command === 'pull' ? ['a.out', '--to', join(rig.root, 'got')] : [];
    found[command] = (await rig.repro([command, url, ...to])).code;
  }
  expect(readdirSync(rig.root)).not.toContain('got');
  return found;
}

const all = (code: number) => Object.fromEntries(COMMANDS.map((command) => [command, code]));

it('a publication that is missing, damaged, forged, unsigned or somebody else’s ends every command alike', async () => {
  await using rig = await openRig();
  const ada = await published(rig, 'ada');
  const mallory = await published(rig, 'mallory');
  const named = (bucket: string) => join(bucket, 'names/v1', ada.signer, 'tiny');
  const copy = (name: string) => {
    const bucket = join(rig.root, name);
    cpSync(ada.bucket, bucket, {recursive: true});
    return bucket;
  };
  // The control: honest, asked for by name, by a stranger who chose no key.
  const honest = await rig.repro(['pull', named(ada.bucket), 'a.out', '--to', join(rig.root, 'right')]);
  expect(honest.code).toBe(0);
  expect(honest.stdout).toContain(
    `signed by the key that its name is of (${ada.signer.slice(0, 16)}), which you have not chosen`,
  );

  const nowhere = join(ada.bucket, 'publications/v1', '7'.repeat(64));
  expect(await codes(rig, nowhere)).toEqual(all(4));

  const damaged = copy('damaged');
  const document = join(damaged, 'publications/v1', ada.digest, 'publication.json');
  rewrite(document, readFileSync(document, 'utf8').replace('MIT', 'GPL'));
  expect(await codes(rig, named(damaged))).toEqual(all(3));

  const unsigned = copy('unsigned');
  rmSync(join(unsigned, 'publications/v1', ada.digest, 'attestations.intoto.jsonl'));
  expect(await codes(rig, named(unsigned))).toEqual(all(3));

  const theirs = copy('theirs');
  cpSync(mallory.bucket, theirs, {recursive: true});
  rewrite(
    join(theirs, 'names/v1', ada.signer, 'tiny/00000001.json'),
    canonicalJson({sequence: 1, publication: `sha256:${mallory.digest}`}),
  );
  expect(await codes(rig, named(theirs))).toEqual(all(3));

  // Ada's own document with another word in it, under a digest of its own and her signatures.
  const forged = copy('forged');
  const changed = {
    ...(JSON.parse(
      readFileSync(join(ada.bucket, 'publications/v1', ada.digest, 'publication.json'), 'utf8'),
    ) as Readonly<Record<string, Json>>),
    description: 'forged',
  };
  const hex = hexOf(digestOfBytes(canonicalJson(changed)));
  const folder = join(forged, 'publications/v1', hex);
  mkdirSync(folder);
  writeFileSync(join(folder, 'publication.json'), canonicalJson(changed));
  cpSync(
    join(forged, 'publications/v1', ada.digest, 'attestations.intoto.jsonl'),
    join(folder, 'attestations.intoto.jsonl'),
  );
  rewrite(
    join(forged, 'names/v1', ada.signer, 'tiny/00000001.json'),
    canonicalJson({sequence: 1, publication: `sha256:${hex}`}),
  );
  expect(await codes(rig, named(forged))).toEqual(all(3));
  const refused = await rig.repro(['pull', named(forged), 'a.out', '--to', join(rig.root, 'got')]);
  expect(refused.stderr).toMatchInlineSnapshot(`
    "error[bad-signature]: it is signed, but nothing that is signed names this publication
      help: ask its author for their key, and give it with --key; to take it though nobody vouches for it: --unsigned
    "
  `);
  const insisted = await rig.repro([
    'pull',
    named(forged),
    'a.out',
    '--unsigned',
    '--to',
    join(rig.root, 'insisted'),
  ]);
  expect(insisted.code).toBe(0);
  expect(insisted.stdout).toContain(
    'NOT SIGNED: it is signed, but nothing that is signed names this publication',
  );
});

it('a record that was published alone is told from one that lost its bytes', async () => {
  await using rig = await openRig();
  rig.pipeline({a: shell('echo a > outputs/out')}, ABOUT);
  for (const argv of [
    ['keys', 'new'],
    ['run', 'p.yaml'],
  ])
    expect((await rig.repro(argv)).code).toBe(0);
  const [alone, whole] = [join(rig.root, 'alone'), join(rig.root, 'whole')];
  const key =
    /ed25519:\S+/.exec((await rig.repro(['publish', '--no-artifacts', '--to', alone])).stdout)?.[0] ?? '';
  await rig.repro(['publish', '--to', whole]);
  const audited = async (bucket: string) => {
    const [digest = ''] = readdirSync(join(bucket, 'publications/v1'));
    return rig.repro(['audit', join(bucket, 'publications/v1', digest), '--key', key]);
  };
  const told = await audited(alone);
  expect(told.code).toBe(5);
  expect(told.stdout).toContain(
    'artifacts    not checked  its author published the record alone: no output of it is here',
  );
  expect(told.stdout).not.toMatch(/pickles +pass/);
  const artifact = hexOf(digestOfBytes('a\n'));
  rmSync(join(whole, 'objects/v1', artifact.slice(0, 2), artifact));
  const lost = await audited(whole);
  expect(lost.code).toBe(3);
  expect(lost.stdout).toContain('artifacts    FAIL         a.out: it is not there');
  // Said anew: with its artifacts it is another publication, the next of its name.
  const again = await rig.repro(['publish', '--to', alone]);
  expect(again.stdout).toContain('published as number 2');
});

it.each(COMMANDS)(
  '%s of a name reads the publication once: a server that switches can’t show one and have another judged',
  async (command) => {
    await using rig = await openRig();
    const ada = await published(rig, 'ada');
    const read: string[] = [];
    const server = createServer((request, response) => {
      const path = join(ada.bucket, decodeURIComponent(request.url ?? ''));
      if (!existsSync(path)) return void response.writeHead(404).end();
      if (request.method === 'GET') read.push(path);
      const bytes = readFileSync(path);
      response
        .writeHead(200, {'content-length': bytes.length})
        .end(request.method === 'GET' ? bytes : undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const {port} = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/names/v1/${ada.signer}/tiny`;
      await rig.repro([command, url, ...(command === 'pull' ? ['a.out'] : [])]);
      expect(read.filter((path) => path.endsWith('publication.json'))).toHaveLength(1);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  },
);

it('a server that refuses is told alike by every command: in words, by its code, and as JSON', async () => {
  await using rig = await openRig();
  const server = createServer((_, response) => void response.writeHead(400).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const {port} = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/publications/v1/${'7'.repeat(64)}`;
    const told: Record<string, unknown> = {};
    for (const command of COMMANDS) {
      const {code, stdout, stderr} = await rig.repro([command, url, '--json']);
      const said = JSON.parse(stderr.split('\n')[0] || stdout) as {readonly code?: string};
      told[command] = [code, said.code];
    }
    expect(told).toEqual(Object.fromEntries(COMMANDS.map((command) => [command, [4, 'bucket-refused']])));
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

function rewrite(file: string, text: string): void {
  rmSync(file);
  writeFileSync(file, text);
}
