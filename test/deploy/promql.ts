// What a PromQL expression names: metrics, and for each the labels that it picks or groups by. Not a parser: it knows the
// forms that dashboards and alerts use. https://prometheus.io/docs/prometheus/latest/querying/basics/

export interface Selector {
  readonly metric: string;
  /** label -> the values that it compares with, of a pattern those between its bars. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

const words = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'bool', 'offset']);

/** `by (endpoint, state)` */
const grouping = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g;

export function selectorsOf(expression: string): Selector[] {
  const bare = expression.replace(grouping, ' ').replace(/\[[^\]]*\]/g, ' ');
  return [...bare.matchAll(/([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?/g)]
    .filter(([, name = '', after = '']) => after !== '(' && !words.has(name))
    .map(([, metric = '', matchers = '']) => ({ metric, labels: labelsOf(matchers) }));
}

export function groupedBy(expression: string): string[] {
  return [...expression.matchAll(grouping)].flatMap(([, labels = '']) =>
    labels
      .split(',')
      .map((label) => label.trim())
      .filter(Boolean),
  );
}

export function functionsOf(expression: string): string[] {
  const bare = expression.replace(grouping, ' ').replace(/\{[^}]*\}/g, ' ');
  return [...bare.matchAll(/([a-z_]\w*)\s*\(/g)]
    .map(([, name = '']) => name)
    .filter((name) => !words.has(name));
}

function labelsOf(matchers: string): Map<string, string[]> {
  return new Map(
    [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', value = '']) => [
      label,
      value.split('|').filter((each) => !each.startsWith('$')),
    ]),
  );
}
