// The `template` format: a tree of JSON from feeds.yaml in which `{{…}}` stands for values of the event. Only the strings of the
// tree are templates; what they become goes through the serialiser, so no quotation mark of a title can break the body, and
// what an event says is never read as a template. The only home of liquidjs, whose language it is: https://liquidjs.com

import { Context, Liquid, Output, type Template, toValueSync } from 'liquidjs';
import { DeliveryError } from '../../errors.ts';
import { wireJson } from '../../outbox/json-size.ts';
import { withContent } from './content.ts';
import type { EventView, Render } from './rendered.ts';
import { bodyThatFits } from './share.ts';

export interface TemplateFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What templates can speak of. */
const roots = ['id', 'type', 'timestamp', 'feed', 'entry', 'entries', 'event'];

/** Trees come from YAML, where one node can stand in many places, even in itself. */
const maxDepth = 50;

/** Those that do not read files, write HTML, or count on from one string to the next. */
const tags = 'assign break capture case comment continue cycle echo for if raw unless #'.split(' ');

/** They read their argument as a template, which an entry could bring; one is random. */
const unwanted = 'where_exp reject_exp group_by_exp has_exp find_index_exp find_exp sample'.split(' ');

const dates = 'date date_to_xmlschema date_to_rfc822 date_to_string date_to_long_string'.split(' ');
const encoders = 'url_encode cgi_escape uri_escape url_decode'.split(' ');

const liquid = createLiquid();

export const renderTemplate: Render = (views, { template = {}, content, maxBytes }) => {
  const shown = views.map((view) => withContent(view, content));
  const fill = compiledOf(template);
  return {
    body: bodyThatFits(shown, maxBytes, (each) => wireJson(fill(scopeOf(each)))),
    contentType: 'application/json; charset=utf-8',
  };
};

/** Everything about a tree that would keep events from being rendered; none for a good one. */
export function templateFaults(tree: unknown, path: TemplateFault['path'] = []): readonly TemplateFault[] {
  if (path.length > maxDepth) return [{ path, message: `nested deeper than ${maxDepth} levels` }];
  if (typeof tree === 'string') return faultsOf(tree).map((message) => ({ path, message }));
  if (Array.isArray(tree)) return tree.flatMap((item, index) => templateFaults(item, [...path, index]));
  if (!isTree(tree)) return [];
  return Object.entries(tree).flatMap(([key, value]) => templateFaults(value, [...path, key]));
}

function faultsOf(text: string): string[] {
  try {
    const names = liquid.globalVariablesSync(liquid.parse(text), { partials: false });
    return names
      .filter((name) => !roots.includes(name))
      .map((name) => `unknown name "${name}"; known are ${roots.join(', ')}`);
  } catch (error) {
    return [messageOf(error)];
  }
}

type Scope = Readonly<Record<string, unknown>>;
/** `undefined`: it is absent. */
type Fill = (scope: Scope) => unknown;

const compiled = new WeakMap<object, Fill>();

function compiledOf(tree: object): Fill {
  const known = compiled.get(tree);
  if (known) return known;
  const fill = attempted(() => compile(tree, 0));
  compiled.set(tree, fill);
  return fill;
}

function compile(tree: unknown, depth: number): Fill {
  if (depth > maxDepth) throw new RangeError(`nested deeper than ${maxDepth} levels`);
  if (typeof tree === 'string') return compileText(tree);
  if (Array.isArray(tree)) {
    const items = tree.map((item) => compile(item, depth + 1));
    return (scope) => items.map((fill) => fill(scope)).filter((item) => item !== undefined);
  }
  if (!isTree(tree)) return () => tree;
  const fields = Object.entries(tree).map(([key, value]) => [key, compile(value, depth + 1)] as const);
  // fromEntries defines each key as its own, `__proto__` too.
  return (scope) =>
    Object.fromEntries(
      fields.map(([key, fill]) => [key, fill(scope)]).filter(([, value]) => value !== undefined),
    );
}

function compileText(text: string): Fill {
  if (!/\{[{%]/.test(text)) return () => text;
  const templates = liquid.parse(text);
  const [only] = templates;
  return only instanceof Output && templates.length === 1
    ? (scope) => resultOf(only, scope)
    : (scope) => attempted(() => liquid.renderSync(templates, scope) as string);
}

/** A string that is one `{{…}}` becomes its value, of whatever type; nothing, or what filters make of nothing, is absent. */
function resultOf(output: Output & Template, scope: Scope): unknown {
  const context = new Context(scope, liquid.options, { sync: true });
  const isAbsent = (value: unknown) => value === undefined || value === null;
  return attempted(() => {
    const value: unknown = toValueSync(output.value.value(context, true) as never);
    if (isAbsent(value) || (typeof value === 'number' && !Number.isFinite(value))) return undefined;
    const isEmpty = (typeof value === 'string' || Array.isArray(value)) && value.length === 0;
    if (isEmpty && isAbsent(toValueSync(output.value.initial.evaluate(context, true) as never)))
      return undefined;
    return Array.isArray(value) ? value.filter((item) => !isAbsent(item)) : value;
  });
}

/** Without a prototype: liquidjs asks with `in` whether a name is known. */
function scopeOf(views: readonly EventView[]): Scope {
  const [first] = views;
  if (first === undefined) return {};
  const { id, type, timestamp, data } = first.payload;
  const entries = views.flatMap(({ payload }) => payload.data.entry ?? []);
  const scope = { id, type, timestamp, feed: data.feed, entry: data.entry, entries, event: data };
  return Object.assign(Object.create(null), scope);
}

/** The first line alone: the others show the template, which may hold a token. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

function attempted<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw new DeliveryError('event-unrenderable', `the template cannot be filled: ${messageOf(error)}`);
  }
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function createLiquid(): Liquid {
  const made = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    preserveTimezones: true,
    timezoneOffset: 0,
    locale: 'en-US',
    // Nothing is read from anywhere.
    templates: {},
    // Characters of one string.
    parseLimit: 16_384,
    // Characters and items that one string may make on its way.
    memoryLimit: 8 * 1024 * 1024,
    // Milliseconds for one string: what takes longer does not end. A pause of the process must not be taken for that.
    renderLimit: 1_000,
  });
  keepTags(made);
  tameFilters(made);
  return made;
}

function keepTags(made: Liquid): void {
  for (const name of Object.keys(made.tags)) {
    if (!tags.includes(name)) delete made.tags[name];
  }
}

function tameFilters(made: Liquid): void {
  for (const name of unwanted) made.unregisterFilter(name);
  for (const name of dates) {
    const filter = handlerOf(made, name);
    // The bytes of an event are the same in every attempt, so that its time is the only `now`.
    made.registerFilter(name, function (value, ...rest) {
      const at = value === 'now' || value === 'today' ? this.context.getSync(['timestamp']) : value;
      return filter.call(this, at, ...rest);
    });
  }
  for (const name of encoders) {
    const filter = handlerOf(made, name);
    // Half a character, or a `%` that encodes nothing, is no reason to lose an event.
    made.registerFilter(name, function (value, ...rest) {
      const text = typeof value === 'string' ? value.toWellFormed() : value;
      try {
        return filter.call(this, text, ...rest);
      } catch {
        return text;
      }
    });
  }
}

function handlerOf(made: Liquid, name: string) {
  const filter = made.filters[name];
  if (typeof filter !== 'function') throw new TypeError(`liquidjs has no filter ${name}`);
  return filter;
}
