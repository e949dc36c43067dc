import {createHash, createPrivateKey, sign, verify} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {drawnKey} from '../../artifacts/testing/drawn-key.ts';
import fc from '../../artifacts/testing/properties.ts';
import {
  type Envelope,
  encodeEnvelope,
  parseEnvelope,
  preAuthenticationEncoding,
  signEnvelope,
  verifyEnvelope,
} from './dsse.ts';
import {ed25519Key} from './public-key.ts';
import type {Signer, TrustedKey} from './signer.ts';

const HELLO = Buffer.from('hello world');
const TYPE = 'http://example.com/HelloWorld';

describe('pre-authentication encoding', () => {
  it('is what the specification’s own example was signed over', () => {
    // protocol.md of DSSE, "Test Vectors": ECDSA over P-256 with SHA-256.
    const number = (decimal: string) =>
      Buffer.from(BigInt(decimal).toString(16).padStart(64, '0'), 'hex').toString('base64url');
    const key = createPrivateKey({
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: number('46950820868899156662930047687818585632848591499744589407958293238635476079160'),
        y: number('5640078356564379163099075877009565129882514886557779369047442380624545832820'),
        d: number('97358161215184420915383655311931858321456579547487070936769975997791359926199'),
      },
      format: 'jwk',
    });
    const encoded = preAuthenticationEncoding(TYPE, HELLO);
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    const signature = Buffer.from(
      'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==',
      'base64',
    );
    const p1363 = {key: key, dsaEncoding: 'ieee-p1363'} as const;
    expect(verify('sha256', encoded, p1363, signature)).toBe(true);
    expect(verify('sha256', preAuthenticationEncoding(`${TYPE}x`, HELLO), p1363, signature)).toBe(false);
  });

  it('is different for different messages', () => {
    const message = fc.tuple(fc.string(), fc.uint8Array());
    fc.assert(
      fc.property(message, message, ([type, body], [otherType, other]) => {
        const same = type === otherType && Buffer.from(body).equals(other);
        const encoded = Buffer.from(preAuthenticationEncoding(type, body));
        expect(encoded.equals(preAuthenticationEncoding(otherType, other))).toBe(same);
      }),
    );
  });
});

describe('envelopes', () => {
  it('come back as they were written, in either alphabet of base64', async () => {
    const signed = await signed1(signer('ada'));
    const line = encodeEnvelope(signed);
    expect(parseEnvelope(Buffer.from(line))).toEqual({ok: true, value: plain(signed)});
    expect(parseEnvelope(Buffer.from(forUrls(line)))).toEqual({ok: true, value: plain(signed)});
  });

  it('come back in either alphabet whatever the signature: `//` and `++` in it too', () => {
    const seen = new Set<string>();
    for (let at = 0; at < 400; at++) {
      const sig = createHash('sha512').update(`signature ${at}`).digest();
      for (const pair of ['//', '++', '+/', '/+']) if (sig.toString('base64').includes(pair)) seen.add(pair);
      const envelope = {payloadType: TYPE, payload: HELLO, signatures: [{keyid: 'k', sig}]};
      const line = encodeEnvelope(envelope);
      for (const text of [line, forUrls(line)])
        expect(parseEnvelope(Buffer.from(text))).toEqual({ok: true, value: envelope});
    }
    expect([...seen].sort()).toEqual(['++', '+/', '/+', '//']);
  });

  it.each([
    ['a key twice', '{"payload":"","payload":"","payloadType":"t","signatures":[{"sig":""}]}'],
    ['a key twice in a signature', '{"payload":"","payloadType":"t","signatures":[{"sig":"","sig":"AA=="}]}'],
    ['__proto__', '{"payload":"","payloadType":"t","signatures":[{"sig":""}],"__proto__":{}}'],
    ['an unknown field', '{"payload":"","payloadType":"t","signatures":[{"sig":""}],"extra":1}'],
    [
      'an unknown field in a signature',
      '{"payload":"","payloadType":"t","signatures":[{"sig":"","cert":""}]}',
    ],
    ['no signatures', '{"payload":"","payloadType":"t","signatures":[]}'],
    [
      '33 signatures',
      `{"payload":"","payloadType":"t","signatures":[${Array(33).fill('{"sig":""}').join()}]}`,
    ],
    ['rubbish in base64', '{"payload":"aGk=!","payloadType":"t","signatures":[{"sig":""}]}'],
    ['base64 with loose bits', '{"payload":"aGl=","payloadType":"t","signatures":[{"sig":""}]}'],
    ['both alphabets at once', '{"payload":"-_+/","payloadType":"t","signatures":[{"sig":""}]}'],
    ['a payload that is no text', '{"payload":1,"payloadType":"t","signatures":[{"sig":""}]}'],
    ['something after it', '{"payload":"","payloadType":"t","signatures":[{"sig":""}]} x'],
  ])('are refused with %s', (_, text) => {
    expect(parseEnvelope(Buffer.from(text)).ok).toBe(false);
  });
});

describe('verifying', () => {
  it('gives the bytes that were signed and whose signature it was', async () => {
    const ada = signer('ada');
    const grace = signer('grace');
    const envelope = await signed1(ada, grace);
    const verified = await verifyEnvelope(envelope, [ada.trusted, grace.trusted, signer('eve').trusted], {});
    expect(verified).toMatchObject({ok: true, value: {payloadType: TYPE, payload: HELLO}});
    expect(verified.ok && verified.value.signers.map(({name}) => name)).toEqual(['ada', 'grace']);
  });

  it('counts a key once, however often it signed and under however many names it is trusted', async () => {
    const ada = signer('ada');
    const twice = [ada.trusted, {...ada.trusted, name: 'the same'}];
    const verified = await verifyEnvelope(await signed1(ada, ada), twice, {});
    expect(verified.ok && verified.value.signers.map(({name}) => name)).toEqual(['ada']);
  });

  it('asks no keyid', async () => {
    const ada = signer('ada');
    const eve = signer('eve');
    const envelope = await signed1(eve);
    const lying = {...envelope, signatures: envelope.signatures.map((one) => ({...one, keyid: ada.key.id}))};
    expect(await verifyEnvelope(lying, [ada.trusted], {})).toMatchInlineSnapshot(`
      {
        "error": "it is signed by none of the keys that were chosen",
        "ok": false,
      }
    `);
    const silent = {...envelope, signatures: envelope.signatures.map((one) => ({...one, keyid: ''}))};
    expect((await verifyEnvelope(silent, [eve.trusted], {})).ok).toBe(true);
    expect(await verifyEnvelope(envelope, [], {})).toMatchInlineSnapshot(`
      {
        "error": "no key was chosen to check it with",
        "ok": false,
      }
    `);
  });

  it('fails for any flipped bit of payload, type or signature', async () => {
    const ada = signer('ada');
    const envelope = await signed1(ada);
    const [{sig = HELLO} = {}] = envelope.signatures;
    let flips = 0;
    const mustFail = async (changed: Envelope) => {
      flips++;
      expect((await verifyEnvelope(changed, [ada.trusted], {})).ok).toBe(false);
    };
    for (let bit = 0; bit < HELLO.length * 8; bit++) await mustFail({...envelope, payload: flip(HELLO, bit)});
    for (let bit = 0; bit < sig.length * 8; bit++)
      await mustFail({...envelope, signatures: [{keyid: '', sig: flip(sig, bit)}]});
    await mustFail({...envelope, payloadType: `${TYPE} `});
    expect(flips).toBe(88 + 512 + 1);
    expect((await verifyEnvelope(envelope, [ada.trusted], {})).ok).toBe(true);
  });
});

/** The same envelope in the alphabet for URLs, without padding: DSSE allows both. */
function forUrls(line: string): string {
  const {payload, payloadType, signatures} = JSON.parse(line);
  return JSON.stringify({
    payload: urlSafe(payload),
    payloadType,
    signatures: signatures.map(({sig, ...rest}: {sig: string}) => ({...rest, sig: urlSafe(sig)})),
  });
}

function urlSafe(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64url');
}

interface NamedSigner extends Signer {
  readonly trusted: TrustedKey;
}

function signer(name: string): NamedSigner {
  const {privateKey, publicKey} = drawnKey(name);
  const key = ed25519Key(Buffer.from(publicKey.export({format: 'jwk'}).x ?? '', 'base64url'));
  return {
    key,
    trusted: {name, key},
    sign: async (message) => ({ok: true, value: sign(null, message, privateKey)}),
  };
}

async function signed1(...signers: readonly Signer[]): Promise<Envelope> {
  const signed = await signEnvelope(TYPE, HELLO, signers);
  if (!signed.ok) throw new Error(signed.error);
  return signed.value;
}

function plain({payload, payloadType, signatures}: Envelope): Envelope {
  return {payload: Buffer.from(payload), payloadType, signatures: signatures.map((one) => ({...one}))};
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
