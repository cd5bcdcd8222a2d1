import { request } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { tokenDigest } from '../../src/config/secret.ts';
import { StoreError } from '../../src/errors.ts';
import type { Health } from '../../src/server/health.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { type AdminServer, startServer } from '../../src/server/server.ts';

let server: AdminServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(health: Health, tokenDigest?: string): Promise<AdminServer> {
  const metrics = createMetrics({
    endpoints: async () => [
      {
        ...{ endpointId: 'app', condition: {}, state: 'open' },
        ...{ pending: 2, withheld: 4, done: 5, dead: 1, skipped: 0 },
      },
    ],
    feeds: () => 3,
    lanes: () => 1,
  });
  const access = tokenDigest === undefined ? {} : { tokenDigest };
  server = await startServer({ host: '127.0.0.1', port: 0, ...access, health: () => health, metrics });
  return server;
}

function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

const healthy: Health = { status: 'ok', reasons: [], warnings: [] };

describe('the admin server', () => {
  test('/healthz answers 200 while work is being done', async () => {
    const { url } = await start(healthy);
    expect(await get(`${url}/healthz`)).toEqual({ status: 200, body: JSON.stringify(healthy) });
  });

  test('/healthz answers 503 with the reasons when it is not', async () => {
    const { url } = await start({ ...healthy, status: 'failing', reasons: ['the store is failing'] });
    const { status, body } = await get(`${url}/healthz`);
    expect([status, JSON.parse(body).reasons]).toEqual([503, ['the store is failing']]);
  });

  test('/metrics shows what the sources say at the moment of the scrape', async () => {
    const { url } = await start(healthy);
    const { status, body } = await get(`${url}/metrics`);
    expect(status).toBe(200);
    for (const series of ['"pending"} 2', '"withheld"} 4', '"done"} 5', '"dead"} 1'])
      expect(body).toContain(`feedhook_deliveries{endpoint="app",state=${series}\n`);
    expect(body).toContain('feedhook_feeds 3');
    expect(body).toContain('feedhook_endpoint_state{endpoint="app",state="open"} 1');
  });

  test('/metrics tells the rest while the store does not answer', async () => {
    const endpoints = () => Promise.reject(new StoreError('store-failed', 'no answer'));
    const metrics = createMetrics({ endpoints, feeds: () => 3, lanes: () => 1 });
    metrics.countStoreFault('store-failed');
    const text = await metrics.text();
    expect(text).toContain('feedhook_store_faults_total{code="store-failed"} 1');
    expect(text).not.toContain('feedhook_deliveries{');
  });

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'])(
    'a request that names the host %s is refused (DNS rebinding)',
    async (host) => {
      const { url } = await start(healthy);
      expect((await get(`${url}/metrics`, { host })).status).toBe(421);
    },
  );

  test.each([
    ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['0.0.0.0', /^http:\/\/0\.0\.0\.0:\d+$/],
    ['::1', /^http:\/\/\[::1\]:\d+$/],
  ])('says where it listens: %s', async (host, url) => {
    const metrics = createMetrics({ endpoints: async () => [], feeds: () => 0, lanes: () => 0 });
    server = await startServer({ host, port: 0, health: () => healthy, metrics });
    expect(server.url).toMatch(url);
  });

  test('a request from elsewhere is answered when it shows the token, and only then', async () => {
    const { url } = await start(healthy, tokenDigest('correct-horse-battery'));
    const status = async (headers: Record<string, string>) =>
      (await get(`${url}/metrics`, { host: 'feedhook:9464', ...headers })).status;
    expect(await status({})).toBe(401);
    expect(await status({ authorization: 'Bearer correct-horse-batterx' })).toBe(401);
    expect(await status({ authorization: 'Bearer correct-horse-battery' })).toBe(200);
    expect((await get(`${url}/metrics?token=correct-horse-battery`, { host: 'feedhook:9464' })).status).toBe(
      401,
    );
    expect((await get(`${url}/healthz`)).status).toBe(200);
  });

  test.each(['/..%2f..%2fetc/passwd', '//', '/%00', `/${'a'.repeat(10_000)}`, '/healthz/..'])(
    'the path %.30s is answered 4xx',
    async (path) => {
      const { url } = await start(healthy);
      const { status } = await get(`${url}${path}`);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    },
  );
});
