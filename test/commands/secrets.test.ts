// An endpoint full of secrets, whose receiver repeats all of them in its answers: no command, no log line and no metric shows
// one. https://datatracker.ietf.org/doc/html/rfc9110#section-17.9 tells why URLs are among them.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { type FeedServer, startFeedServer } from '../support/feed-server.ts';
import { startServer, type TestServer } from '../support/http-server.ts';
import { runHere } from './in-process.ts';

const signing = Buffer.from('canary-signing-secret-canary-signing').toString('base64');
const basic = Buffer.from('CanaryUser7:CanaryPassword7').toString('base64');
const canaries = [signing, basic, signing.slice(0, 20), 'canary'];

let origin: FeedServer;
let receiver: TestServer;
let world: DaemonFolder;

beforeEach(async () => {
  origin = await startFeedServer();
  origin.publish('log', 'first');
  receiver = await startServer((request, response) => {
    const { path, headers, body } = request;
    response.writeHead(receiver.requests.length > 2 ? 200 : 503, { location: `http://127.0.0.1${path}` });
    response.end(JSON.stringify({ error: `Cannot POST ${path}`, headers, body: String(body).slice(0, 20) }));
  });
  const url = `${receiver.url}/services/T0CANARY1/CanaryPath99?token=CanaryQuery5&wait=CanaryWait8`;
  world = await daemonFolder(
    loopbackConfig({
      feeds: [{ id: 'log', url: `${origin.url}/log` }],
      endpoints: [
        {
          ...{ id: 'app', url, secret: `whsec_${signing}` },
          signatures: { github: 'CanaryGithub6', miniflux: 'CanaryMiniflux6' },
          headers: { 'x-api-key': 'CanaryHeader3' },
          auth: { basic: { user: 'CanaryUser7', password: 'CanaryPassword7' } },
        },
        { id: 'bearer', url, auth: { bearer: 'CanaryBearer4' } },
      ],
      more: { server: { listen: '127.0.0.1:0' } },
    }),
  );
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

const shown = async (...args: string[]) => {
  const { stdout, stderr } = await runHere(world.config, args);
  return { args, text: stdout + stderr };
};

function leaks(outputs: readonly { readonly args: readonly string[]; readonly text: string }[]) {
  return outputs.flatMap(({ args, text }) =>
    canaries
      .filter((canary) => text.toLowerCase().includes(canary.toLowerCase()))
      .map(
        (canary) =>
          `${args.join(' ')}: ${text.slice(Math.max(0, text.toLowerCase().indexOf(canary.toLowerCase()) - 60)).slice(0, 160)}`,
      ),
  );
}

test('what is secret about an endpoint is shown by no command, JSON included, no log line and no metric', async () => {
  const daemon = await world.start();
  await until(() => origin.count('log') > 1, 'the baseline is there');
  origin.publish('log', 'second');
  await until(() => receiver.requests.length > 3, 'it has arrived at both, after a failure');
  const found = JSON.parse((await shown('deliveries', 'list', '--json')).text) as { id: string }[];
  const ids = found.map(({ id }) => id);
  const [delivery = ''] = ids;
  const commands = [
    ['check'],
    ['preview', 'log', '--endpoint', 'app'],
    ['preview', 'log', '--endpoint', 'app', '--json'],
    ['status'],
    ['status', '--json'],
    ['why', 'log'],
    ['why', 'log', 'second'],
    ['why', 'log', delivery],
    ['why', 'log', 'second', '--json'],
    ['why', 'log', 'second', '--endpoint', 'bearer', '--json'],
    ['deliveries', 'list'],
    ['deliveries', 'list', '--json'],
    ...ids.flatMap((id) => [
      ['deliveries', 'show', id],
      ['deliveries', 'show', id, '--json'],
    ]),
    ['deliveries', 'show', 'evt_x.app'],
    ['endpoints', 'list'],
    ['endpoints', 'list', '--json'],
    ...['app', 'bearer'].flatMap((id) => [
      ['endpoints', 'show', id],
      ['endpoints', 'show', id, '--json'],
      ['endpoints', 'test', id],
      ['endpoints', 'test', id, '--json'],
      ['endpoints', 'pause', id],
      ['endpoints', 'resume', id],
      ['endpoints', 'enable', id],
    ]),
    ['endpoints', 'show', 'ap'],
    ['deliveries', 'replay', '--feed', 'log', '--dry-run'],
    ['deliveries', 'replay', delivery],
  ];
  const outputs: { args: string[]; text: string }[] = [];
  for (const args of commands) outputs.push(await shown(...args));
  // The receiver repeats what it got, so its answers have to be there for this to prove something.
  expect(outputs.filter(({ text }) => text.includes('Cannot POST')).length).toBeGreaterThanOrEqual(8);
  const { admin } = await daemon.started();
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics).toContain('feedhook_attempts_total{endpoint="bearer"');
  outputs.push({ args: ['metrics'], text: metrics });
  expect((await fetch(`${admin}/healthz`)).status).toBe(200);
  await daemon.stop();
  outputs.push({ args: ['log'], text: daemon.lines.map((line) => JSON.stringify(line)).join('\n') });
  expect(leaks(outputs)).toEqual([]);
});
