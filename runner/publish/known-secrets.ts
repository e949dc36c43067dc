import {homedir} from 'node:os';
import {join} from 'node:path';
import {readSmallText} from '../../artifacts/files/small-file.ts';

/** A value that must not be published, and what it is called. The value itself is never shown, nor any hash of it. */
export interface KnownSecret {
  /** `$HF_TOKEN`, `aws_secret_access_key of ~/.aws/credentials`. */
  readonly name: string;
  readonly value: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

const SECRET_NAME = /KEY|TOKEN|SECRET|PASSW(OR)?D|CREDENTIAL/i;
/** Shorter ones are found everywhere. */
const SHORTEST = 8;

/** What this user could lose: secrets in the environment, and in the two files that publishing itself works with. */
export function knownSecrets(variables: Variables): readonly KnownSecret[] {
  const inVariables = Object.entries(variables)
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([name, value]) => ({name: `$${name}`, value: (value ?? '').trim()}));
  const known = [...inVariables, ...awsSecrets(variables), ...hubToken(variables)];
  const seen = new Set<string>();
  return known.filter(({value}) => {
    const isNew = value.length >= SHORTEST && !seen.has(value);
    seen.add(value);
    return isNew;
  });
}

function awsSecrets(variables: Variables): readonly KnownSecret[] {
  const file = variables.AWS_SHARED_CREDENTIALS_FILE || join(homeOf(variables), '.aws/credentials');
  const line = /^\s*(aws_secret_access_key|aws_session_token)\s*=\s*(\S+)\s*$/gm;
  return [...textOf(file).matchAll(line)].map(([, name = '', value = '']) => ({
    name: `${name} of ${file}`,
    value,
  }));
}

function hubToken(variables: Variables): readonly KnownSecret[] {
  const cache = variables.HF_HOME || join(homeOf(variables), '.cache/huggingface');
  const file = variables.HF_TOKEN_PATH || join(cache, 'token');
  return [{name: `the token in ${file}`, value: textOf(file).trim()}];
}

function homeOf({HOME: home}: Variables): string {
  return home || homedir();
}

function textOf(file: string): string {
  // Most people don't have it; those who do may keep it behind a link.
  return readSmallText(file, {links: 'follow'}) ?? '';
}
