import {connect, createServer} from 'node:net';
import {expect, it} from 'vitest';
import {stageProxy} from './stage-proxy.ts';

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';

interface Exchange {
  /** After the request's first line. */
  readonly asked?: string;
  readonly answered?: string;
}

/** The first line and the last that comes back through the proxy. What it throws ends the test run. */
async function exchanged({asked = '\r\n', answered = HELLO}: Exchange): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy()).once('data', () => socket.end(answered));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a port');
  const proxy = stageProxy(async () => [{address: '127.0.0.1', family: 4}]);
  const client = connect(await proxy.socket());
  let said = '';
  client.on('data', (data) => {
    said += data.toString('latin1');
    if (/hi$|\r\n0\r\n\r\n$/.test(said)) client.end();
  });
  client.write(`POST http://a.example:${address.port}/ HTTP/1.1\r\nHost: a.example\r\n${asked}`);
  await new Promise((resolve) => client.on('close', resolve));
  await proxy.close();
  server.close();
  const lines = said.replace(/\r\n0\r\n\r\n$/, '').split('\r\n');
  return `${lines[0]} … ${lines.at(-1)?.trim()}`.replaceAll(String(address.port), 'PORT');
}

const ODD: Readonly<Record<string, Exchange>> = {
  'plain words': {},
  'a trailer announced by a server': {
    answered: 'HTTP/1.1 200 OK\r\nTrailer: x\r\nContent-Length: 2\r\n\r\nhi',
  },
  'a trailer announced by a stage': {asked: 'Trailer: x\r\nContent-Length: 2\r\n\r\nhi'},
  'a status that is none': {answered: 'HTTP/1.1 099 No\r\nContent-Length: 2\r\n\r\nhi'},
  'another protocol': {
    answered: 'HTTP/1.1 101 Switched\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  },
  'an answer that is cut off': {answered: 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of i'},
  'no HTTP': {answered: 'hello'},
};

it('whatever a stage or a server says to the proxy, the runner goes on', async () => {
  const found: Record<string, string> = {};
  for (const [name, exchange] of Object.entries(ODD)) found[name] = await exchanged(exchange);
  expect(found).toMatchInlineSnapshot(`
    {
      "a status that is none": "HTTP/1.1 403 Forbidden … repro: Invalid status code: 99",
      "a trailer announced by a server": "HTTP/1.1 200 OK … hi",
      "a trailer announced by a stage": "HTTP/1.1 200 OK … hi",
      "an answer that is cut off": "HTTP/1.1 200 OK … half of i",
      "another protocol": "HTTP/1.1 403 Forbidden … repro: a.example:PORT gave no answer",
      "no HTTP": "HTTP/1.1 403 Forbidden … repro: Parse Error: Expected HTTP/, RTSP/ or ICE/",
      "plain words": "HTTP/1.1 200 OK … hi",
    }
  `);
});
