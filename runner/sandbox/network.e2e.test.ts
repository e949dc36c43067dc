import {createServer, request} from 'node:http';
import {connect} from 'node:net';
import {describe, expect, it} from 'vitest';
import {stageProxy} from '../sources/stage-proxy.ts';
import {connecting, listen} from '../testing/listener.ts';
import {needsBubblewrap} from '../testing/needs-bubblewrap.ts';
import {outputOf} from '../testing/output-of.ts';
import {type StageText, shell} from '../testing/pipeline-text.ts';
import {openRig} from '../testing/rig.ts';

/** A stage that writes what `lines` of Python append to `said`. */
function saying(lines: readonly string[], more: StageText = {}): StageText {
  const program = [
    'import http.client, os, socket, sys',
    'said = []',
    'def ask(method, url):',
    '  at = http.client.HTTPConnection("127.0.0.1", 3128, timeout=20)',
    '  at.request(method, url)',
    '  answer = at.getresponse()',
    '  said.append(f"{answer.status} {answer.read().decode().strip()}")',
    ...lines,
    'open("outputs/out", "w").write("\\n".join(said))',
  ].join('\n');
  return {...shell(''), with: {argv: ['python', '-c', program]}, network: true, ...more};
}

/** A web server of this machine. */
async function serve(): Promise<AsyncDisposable & {readonly port: number; readonly asked: string[]}> {
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url} ${incoming.headers.host ?? ''}`);
    outgoing.end('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a port');
  return {
    port: address.port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a stage that declares a network', () => {
  it('has one of its own: services of this machine are not in it, abstract sockets neither', async (context) => {
    needsBubblewrap(context);
    await using rig = await openRig();
    await using listener = await listen();
    rig.pipeline({a: {...connecting(listener.port), network: true}});
    expect(await outputOf(rig)).toBe('ConnectionRefusedError');
    rig.pipeline({
      a: saying([
        'said.append(open("/proc/net/unix").read().count("@"))',
        'said = [str(each) for each in said] + [str(socket.if_nameindex())]',
      ]),
    });
    expect(await outputOf(rig)).toBe("0\n[(1, 'lo')]");
  });

  it('gets out through the proxy: not to this machine, its network and its cloud', async (context) => {
    needsBubblewrap(context);
    await using rig = await openRig();
    await using server = await serve();
    const url = `http://127.0.0.1:${server.port}/x`;
    const asks = [
      ['GET', url],
      ['CONNECT', `127.0.0.1:${server.port}`],
      ['GET', `http://[::1]:${server.port}/`],
      ['GET', `http://0x7f.1:${server.port}/`],
      ['GET', `http://[::ffff:127.0.0.1]:${server.port}/`],
      ['GET', 'http://169.254.169.254/latest/meta-data/'],
      ['CONNECT', '10.0.0.1:443'],
      ['GET', 'https://127.0.0.1/'],
      ['GET', '/x'],
    ];
    rig.pipeline({a: saying(asks.map(([method, to]) => `ask("${method}", "${to}")`))});
    const said = (await outputOf(rig)).replaceAll(String(server.port), 'PORT').split('\n');
    expect(said).toMatchInlineSnapshot(`
      [
        "403 repro: 127.0.0.1 is no public address (loopback), so it is not asked",
        "403 repro: 127.0.0.1 is no public address (loopback), so it is not asked",
        "403 repro: ::1 is no public address (loopback), so it is not asked",
        "403 repro: 127.0.0.1 is no public address (loopback), so it is not asked",
        "403 repro: ::ffff:7f00:1 is no public address (loopback), so it is not asked",
        "403 repro: 169.254.169.254 is no public address (link-local), so it is not asked",
        "403 repro: 10.0.0.1 is no public address (private), so it is not asked",
        "403 repro: https://127.0.0.1 is asked for by CONNECT",
        "403 repro: that is no address of a host",
      ]
    `);
    expect(server.asked).toEqual([]);
  });

  it('reaches what the user allows, and only by what he wrote', async (context) => {
    needsBubblewrap(context);
    await using server = await serve();
    await using other = await serve();
    await using rig = await openRig({variables: {REPRO_ALLOW_PRIVATE: `127.0.0.1:${server.port}`}});
    rig.pipeline({
      a: saying([
        `ask("GET", "http://127.0.0.1:${server.port}/x?y=1")`,
        'at = http.client.HTTPConnection("127.0.0.1", 3128, timeout=20)',
        `at.set_tunnel("127.0.0.1", ${server.port})`,
        'at.request("GET", "/through-a-tunnel")',
        'said.append(at.getresponse().read().decode())',
        `ask("GET", "http://127.0.0.1:${other.port}/x")`,
      ]),
    });
    const [plain, tunnelled, refused] = (await outputOf(rig)).split('\n');
    expect([plain, tunnelled]).toEqual(['200 hello', 'hello']);
    expect(refused).toMatch(/^403 repro: 127\.0\.0\.1 is no public address/);
    expect(server.asked).toEqual([
      `GET /x?y=1 127.0.0.1:${server.port}`,
      `GET /through-a-tunnel 127.0.0.1:${server.port}`,
    ]);
    expect(other.asked).toEqual([]);
  });

  it('finds its proxy in the variables, and has no child that it did not start', async (context) => {
    needsBubblewrap(context);
    await using rig = await openRig();
    rig.pipeline({
      a: saying(
        [
          'said.append(os.environ["HTTPS_PROXY"] + " " + os.environ["https_proxy"] + " " + os.environ["HTTP_PROXY"])',
          'said.append(sys.executable)',
          'said.append(str(open(f"/proc/self/task/{os.getpid()}/children").read() == ""))',
          'import signal; said.append(str(signal.getsignal(signal.SIGHUP) == signal.SIG_DFL))',
        ],
        {variables: {HTTP_PROXY: 'http://my.own:1'}},
      ),
    });
    expect(await outputOf(rig)).toBe(
      'http://127.0.0.1:3128 http://127.0.0.1:3128 http://my.own:1\n/environment/bin/python\nTrue\nTrue',
    );
  });

  it('says of a program that is not there what a stage without a network says', async (context) => {
    needsBubblewrap(context);
    await using rig = await openRig();
    rig.pipeline({a: {...shell(''), with: {argv: ['no-such-program']}, network: true}});
    const ended = await rig.repro(['run', 'p.yaml']);
    expect(ended.code).toBe(1);
    expect(ended.stdout + ended.stderr).toContain(
      'its program `no-such-program` could not be started: No such file or directory',
    );
  });
});

describe('the proxy of stages', () => {
  it('connects to what was judged, and to the next address when one does not answer', async () => {
    await using server = await serve();
    const judged: string[] = [];
    const proxy = stageProxy(async (url) => {
      judged.push(url.host);
      return [
        {address: '127.0.0.1', family: 4},
        {address: '127.0.0.1', family: 4},
      ];
    });
    const socketPath = await proxy.socket();
    expect(await proxy.socket()).toBe(socketPath);
    const body = await new Promise<string>((resolve, reject) => {
      const sent = request({socketPath, path: `http://example.org:${server.port}/`}, (answer) => {
        answer.setEncoding('utf8').on('data', resolve);
      });
      sent.on('error', reject).end();
    });
    expect([body, judged]).toEqual(['hello', [`example.org:${server.port}`]]);
    await proxy.close();
  });

  it('ends with the run, whatever is still open', async () => {
    await using server = await serve();
    const proxy = stageProxy(async () => [{address: '127.0.0.1', family: 4}]);
    const client = connect(await proxy.socket());
    const closed = new Promise((resolve) => client.on('close', resolve));
    client.write(`CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\n\r\n`);
    await new Promise((resolve) => client.once('data', resolve));
    await proxy.close();
    await closed;
  });
});
