import {existsSync} from 'node:fs';
import {basename, resolve} from 'node:path';
import {readSmallText} from '../../../artifacts/files/small-file.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {newKey, ownKeys, privateKeyPath, readPublicKey} from '../../attest/key-file.ts';
import {isKeyName, readTrustedKeys, trustedKeysPath, trustKey} from '../../attest/trusted-keys.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {keyListText, newKeyText} from '../../report/keys-text.ts';
import {line} from '../../report/lines.ts';
import {chooseStyle} from '../../report/style.ts';
import {configurationDirectory} from '../../stores/find-store.ts';

/** `repro keys new [NAME]` */
export function makeKey(name: string, world: World): ExitCode {
  const place = {configuration: configurationDirectory(world.variables), name};
  const made = newKey(place);
  if (!made.ok) return refuse([problem('no-new-key', made.error.message, made.error.help)], world, false);
  const style = chooseStyle(world.variables, world.out.isTerminal);
  world.out.write(newKeyText({name, text: made.value.text, path: privateKeyPath(place)}, style));
  return ExitCode.ok;
}

/** `repro keys list` */
export function listKeys({json}: {readonly json: boolean}, world: World): ExitCode {
  const configuration = configurationDirectory(world.variables);
  const trusted = readTrustedKeys(configuration);
  if (!trusted.ok) return refuse([badTrust(trusted.error)], world, json);
  const own = ownKeys(configuration).map(({name, key}) => ({
    name,
    text: key.ok ? key.value.text : `unusable: ${key.error}`,
  }));
  const lines = {own, trusted: trusted.value.map(({name, key}) => ({name, text: key.text}))};
  world.out.write(
    json
      ? `${JSON.stringify(lines, null, 2)}\n`
      : keyListText(lines, chooseStyle(world.variables, world.out.isTerminal)),
  );
  return ExitCode.ok;
}

/** `repro keys trust KEY|FILE [--name NAME]`: from now on, this user believes what this key signs. */
export function trust(
  {words, name: given}: {readonly words: readonly string[]; readonly name: string | undefined},
  world: World,
): ExitCode {
  const configuration = configurationDirectory(world.variables);
  const {text, from} = textOf(words.join(' '), world);
  const key = readPublicKey(text);
  if (!key.ok)
    return refuse([problem('bad-key', key.error, 'see `repro keys list` of whoever signs')], world, false);
  const name = given ?? nameIn(text) ?? from;
  if (name === undefined || !isKeyName(name))
    return refuse(
      [problem('bad-key-name', 'say whose key it is', 'add --name, such as --name ada')],
      world,
      false,
    );
  const trusted = trustKey(configuration, {name, key: key.value});
  if (!trusted.ok) return refuse([badTrust(trusted.error)], world, false);
  if (trusted.value.state === 'taken') {
    const {by} = trusted.value;
    const message = `${by.name} is trusted already, with ${by.key.text}`;
    const help = `a name stands for one key: choose another, or edit ${trustedKeysPath(configuration)}`;
    return refuse([problem('trusted-already', message, help)], world, false);
  }
  const done = trusted.value.state === 'added' ? 'is trusted from now on' : 'was trusted already';
  world.out.write(line(`${name} ${done}: ${key.value.text}`));
  return ExitCode.ok;
}

/** A file, where there is one of this name; its name may say whose key it is. */
function textOf(
  word: string,
  {directory}: World,
): {readonly text: string; readonly from: string | undefined} {
  const path = resolve(directory, word);
  if (word.includes(' ') || word.startsWith('ed25519:') || !existsSync(path))
    return {text: word, from: undefined};
  return {text: readSmallText(path, {links: 'follow'}) ?? '', from: basename(path).replace(/\.pub$/, '')};
}

/** The comment of an SSH key: usually user@host. */
function nameIn(text: string): string | undefined {
  return text.trim().split(/\s+/)[2];
}

function badTrust(message: string): Diagnostic {
  return problem(
    'bad-trusted-keys',
    message,
    'mend or remove the line: as long as it is there nothing is trusted',
  );
}
