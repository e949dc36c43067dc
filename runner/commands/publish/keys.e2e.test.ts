import {statSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {openRig, type Rig} from '../../testing/rig.ts';

const ADA = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea';

it('keys are made, listed and trusted', async () => {
  await using rig = await openRig();
  expect(await printed(rig, 'keys', 'list')).toMatchInlineSnapshot(`
    "your keys
      none; make one: repro keys new

    keys that you trust
      none; add one: repro keys trust KEY --name WHOSE
    [0]"
  `);
  expect(await printed(rig, 'keys', 'new')).toMatchInlineSnapshot(`
    "made the key default

      ed25519:<key>

    Its private half is in <root>/home/.config/repro/keys/default.pem, for you alone: whoever has it can sign as you.
    Give the line above to those who check your runs, by a way they trust: they add it with \`repro keys trust\`.
    [0]"
  `);
  expect(statSync(join(rig.home, '.config/repro/keys/default.pem')).mode & 0o777).toBe(0o600);
  expect(await printed(rig, 'keys', 'new')).toMatchInlineSnapshot(`
    "error[no-new-key]: <root>/home/.config/repro/keys/default.pem is there already
      help: choose another name: repro keys new NAME
    [2]"
  `);
  expect(await printed(rig, 'keys', 'new', 'lab')).toContain('made the key lab');
  expect(await printed(rig, 'keys', 'trust', ...ADA.split(' '), 'ada@engine')).toMatchInlineSnapshot(`
    "ada@engine is trusted from now on: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea
    [0]"
  `);
  expect(await printed(rig, 'keys', 'trust', `${ADA} ada@engine`)).toContain('was trusted already');
  expect(await printed(rig, 'keys', 'trust', '../home/.config/repro/keys/lab.pub')).toMatchInlineSnapshot(`
    "lab is trusted from now on: ed25519:<key>
    [0]"
  `);
  expect(await printed(rig, 'keys', 'trust', ADA, '--name', 'eve')).toMatchInlineSnapshot(`
    "error[trusted-already]: ada@engine is trusted already, with ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea
      help: a name stands for one key: choose another, or edit <root>/home/.config/repro/trusted-keys
    [2]"
  `);
  expect(await printed(rig, 'keys', 'trust', '../home/.config/repro/keys/lab.pem')).toMatchInlineSnapshot(`
    "error[bad-key]: this is a private key: pass on the .pub file, never this one
      help: see \`repro keys list\` of whoever signs
    [2]"
  `);
  expect(
    await printed(rig, 'keys', 'trust', 'ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='),
  ).toMatchInlineSnapshot(`
    "error[bad-key-name]: say whose key it is
      help: add --name, such as --name ada
    [2]"
  `);
  expect(await printed(rig, 'keys', 'list')).toMatchInlineSnapshot(`
    "your keys
      default  ed25519:<key>
      lab      ed25519:<key>

    keys that you trust
      ada@engine  ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea
      lab         ed25519:<key>
    [0]"
  `);
});

async function printed(rig: Rig, ...argv: readonly string[]): Promise<string> {
  const {stdout, stderr, code} = await rig.repro(argv);
  const text = (stdout + stderr).replaceAll(rig.root, '<root>');
  return `${text.replaceAll(/ed25519:[A-Za-z0-9+/]{43}=/g, 'ed25519:<key>')}[${code}]`;
}
