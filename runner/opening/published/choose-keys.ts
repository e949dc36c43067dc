import {resolve} from 'node:path';
import {readSmallText} from '../../../artifacts/files/small-file.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {readPublicKey} from '../../attest/key-file.ts';
import {parsePublicKey} from '../../attest/public-key.ts';
import type {TrustedKey} from '../../attest/signer.ts';
import {asTrusted, readTrustedKeys, trustedKeysPath} from '../../attest/trusted-keys.ts';
import type {ChosenKeys} from '../../audit/check-signature.ts';
import {configurationDirectory} from '../../stores/find-store.ts';
import type {World} from '../world/world.ts';

/** Whom to believe: what --key says (a key, its file, or a name in trusted-keys), else all of trusted-keys. */
export function chooseKeys(words: readonly string[], world: World): Result<ChosenKeys, Diagnostic> {
  const configuration = configurationDirectory(world.variables);
  const trusted = readTrustedKeys(configuration);
  if (!trusted.ok) return err(problem('bad-key', trusted.error, `mend ${trustedKeysPath(configuration)}`));
  if (words.length === 0) return ok({keys: trusted.value, explicit: false});
  const keys: TrustedKey[] = [];
  for (const word of words) {
    const key = keyOf(word, trusted.value, world);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  return ok({keys, explicit: true});
}

function keyOf(word: string, trusted: readonly TrustedKey[], world: World): Result<TrustedKey, Diagnostic> {
  const named = trusted.find(({name}) => name === word);
  if (named !== undefined) return ok(named);
  const file = resolve(world.directory, word);
  const text = readSmallText(file, {links: 'follow'}) ?? word;
  const key = text === word ? parsePublicKey(text) : readPublicKey(text);
  if (!key.ok)
    return err(
      problem(
        'bad-key',
        `--key ${word}: ${key.error}`,
        'give ed25519:…, the path of a .pub file, or a name in trusted-keys',
      ),
    );
  return ok(trusted.find((each) => each.key.id === key.value.id) ?? asTrusted(key.value));
}
