// The dashboard and the alerts name only metrics that feedhook has, with labels and values that these have: a panel without
// data and an alert that never fires look like good news.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { endpointStates } from '../../src/server/delivery-metrics.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { functionsOf, groupedBy, selectorsOf } from './promql.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const dashboard: { readonly uid: string; readonly panels: readonly Panel[]; readonly templating: unknown } =
  JSON.parse(read('deploy/grafana/dashboards/feedhook.json'));
const { groups } = parse(read('deploy/prometheus/alerts.yml'));
const { scrape_configs: jobs, rule_files: ruleFiles } = parse(read('deploy/prometheus/prometheus.yml'));
const { services } = parse(read('docker-compose.yml'), { merge: true });

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string };
  readonly labels: { readonly severity: string };
}
const alerts: Alert[] = groups.flatMap((group: { rules: Alert[] }) => group.rules);

const expressions: [string, string][] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }): [string, string] => [`panel ${title}`, expr]),
  ),
  ...alerts.map(({ alert, expr }): [string, string] => [`alert ${alert}`, expr]),
  ['the variable endpoint', 'feedhook_deliveries'],
];

/** name -> type, as a scrape tells of it. */
async function metricsOfTheCode(): Promise<Map<string, string>> {
  const text = await createMetrics({ endpoints: async () => [], feeds: () => 0, lanes: () => 0 }).text();
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
}
const known = await metricsOfTheCode();

/** Written by Prometheus itself for each target. https://prometheus.io/docs/concepts/jobs_instances/ */
const ofPrometheus = ['up'];
const labelsOfPrometheus = ['job', 'instance', 'le'];

/** docs/operations.md says which labels a metric has; a test of its own holds its names to the code. */
const labels = new Map(
  [...read('docs/operations.md').matchAll(/^\| `(feedhook_\w+)` \| \w+ \| ([^|]*) \|/gm)].map(
    ([, name = '', cell = '']) => [name, [...cell.matchAll(/`(\w+)`/g)].map(([, label = '']) => label)],
  ),
);

const bareName = (metric: string) => {
  const name = metric.replace(/_(?:bucket|sum|count)$/, '');
  return known.get(name) === 'histogram' ? name : metric;
};

describe.each(expressions)('%s', (_name, expr) => {
  test('names only metrics that there are', () => {
    const names = selectorsOf(expr).map(({ metric }) => bareName(metric));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !known.has(name) && !ofPrometheus.includes(name))).toEqual([]);
  });

  test('picks and groups by labels that these have', () => {
    const had = selectorsOf(expr).flatMap(({ metric }) => labels.get(bareName(metric)) ?? []);
    const named = [...selectorsOf(expr).flatMap((each) => [...each.labels.keys()]), ...groupedBy(expr)];
    expect(named.filter((label) => ![...had, ...labelsOfPrometheus].includes(label))).toEqual([]);
  });

  test('compares with values that there are', () => {
    const states = selectorsOf(expr)
      .filter(({ metric }) => metric === 'feedhook_endpoint_state')
      .flatMap((each) => each.labels.get('state') ?? []);
    expect(endpointStates).toEqual(expect.arrayContaining(states));
    const meanings = read('docs/operations.md');
    for (const { metric, labels: picked } of selectorsOf(expr)) {
      const row = meanings.split('\n').find((line) => line.startsWith(`| \`${metric}\` `)) ?? '';
      for (const [label, values] of picked) {
        if (labelsOfPrometheus.includes(label) || label === 'endpoint') continue;
        for (const value of values) expect(row).toContain(value);
      }
    }
  });

  test('takes rates of counters alone, and adds up no gauge that every worker tells of', () => {
    for (const [, rated = ''] of expr.matchAll(/\b(?:rate|increase)\(([a-z_]+)/g)) {
      expect([rated, known.get(bareName(rated))]).toEqual([
        rated,
        expect.stringMatching(/counter|histogram/),
      ]);
    }
    const shared = ['feedhook_deliveries', 'feedhook_oldest_pending_seconds', 'feedhook_endpoint_state'];
    if (functionsOf(expr).includes('sum'))
      expect(selectorsOf(expr).filter(({ metric }) => shared.includes(metric))).toEqual([]);
  });
});

describe('the reading of PromQL', () => {
  test.each([
    ['sum by (a) (rate(x_total{b="c|d"}[5m])) / y > 1 and on (e) z', ['x_total', 'y', 'z'], ['a', 'e']],
    ['histogram_quantile(0.99, sum by (le) (rate(x_bucket[$__rate_interval])))', ['x_bucket'], ['le']],
    ['absent(up{job="x"})', ['up'], []],
  ])('%s', (expr, metrics, by) => {
    expect(selectorsOf(expr).map(({ metric }) => metric)).toEqual(metrics);
    expect(groupedBy(expr)).toEqual(by);
  });

  test('takes a pattern apart', () => {
    expect(selectorsOf('x{a=~"b|c",d="$e"}')[0]?.labels).toEqual(
      new Map(Object.entries({ a: ['b', 'c'], d: [] })),
    );
  });
});

describe('the dashboard', () => {
  const { panels, uid } = dashboard;

  test('has a source that is provisioned, on every panel', () => {
    const { datasources } = parse(read('deploy/grafana/provisioning/datasources/prometheus.yml'));
    const uids = panels.filter(({ type }) => type !== 'row').map(({ datasource }) => datasource?.uid);
    expect(new Set(uids)).toEqual(new Set([datasources[0].uid]));
    expect(datasources[0].url).toBe('http://prometheus:9090');
  });

  test('is where it is looked for', () => {
    const { providers } = parse(read('deploy/grafana/provisioning/dashboards/feedhook.yml'));
    const mount = `./deploy/grafana/dashboards:${providers[0].options.path}:ro`;
    expect(services.grafana.volumes).toContain(mount);
    expect(services.grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(
      `${providers[0].options.path}/${uid}.json`,
    );
  });

  test('lays its panels out without one upon another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  test('names in a legend only what its expression keeps', () => {
    for (const { targets = [] } of panels)
      for (const { expr, legendFormat } of targets) {
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        const kept = expr.includes(' by (') ? groupedBy(expr) : labelsOfPrometheus;
        expect(kept).toEqual(expect.arrayContaining(named));
      }
  });
});

describe('Prometheus', () => {
  test('reads the alerts that lie beside its configuration', () => {
    expect(ruleFiles).toEqual(['alerts.yml']);
    expect(services.prometheus.volumes).toContain('./deploy/prometheus:/etc/prometheus:ro');
  });

  test('finds the workers by the name of their service, and calls them what the alerts do', () => {
    const [{ job_name: job, dns_sd_configs: dns }] = jobs;
    expect(Object.keys(services)).toEqual(expect.arrayContaining(dns[0].names));
    const named = alerts.flatMap(({ expr }) =>
      selectorsOf(expr).flatMap((each) => each.labels.get('job') ?? []),
    );
    expect(new Set(named)).toEqual(new Set([job]));
  });

  test('shows each alert with a summary whose labels the expression keeps, and how urgent it is', () => {
    for (const { expr, annotations, labels: set } of alerts) {
      const named = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      const kept = expr.includes(' by (') ? groupedBy(expr) : labelsOfPrometheus;
      expect(kept).toEqual(expect.arrayContaining(named));
      expect(['page', 'ticket']).toContain(set.severity);
    }
  });
});
