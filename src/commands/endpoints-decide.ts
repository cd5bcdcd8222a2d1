// `feedhook endpoints enable|pause|resume`: what a person decides about an endpoint. A running daemon notices within a second.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { enabled, paused, resumed } from '../deliver/health.ts';
import { FeedhookError } from '../errors.ts';
import type { EndpointCondition } from '../model/endpoint.ts';
import type { DeliveryLog } from '../ports.ts';
import { configOption } from './config-option.ts';
import { endpointNamed } from './endpoint-name.ts';
import { type Opened, openForReading } from './open.ts';
import { counted, when } from './table.ts';

export function addEndpointDecisions(endpoints: Command): void {
  endpoints
    .command('enable <endpoint>')
    .description(
      'Enable an endpoint that is disabled, or left alone since it failed; what waited is sent in order.',
    )
    .addOption(configOption())
    .option('--skip', 'give up what waited instead of sending it')
    .action(
      reopening({
        isShut: ({ disabled, circuit }) => disabled !== undefined || circuit !== undefined,
        change: enabled,
        done: 'is enabled',
        wasNot: 'was not disabled',
      }),
    );
  endpoints
    .command('pause <endpoint>')
    .description('Send nothing to an endpoint until it is resumed; what it is owed is kept.')
    .addOption(configOption())
    .action(pause);
  endpoints
    .command('resume <endpoint>')
    .description('End the pause of an endpoint; what waited is sent in order.')
    .addOption(configOption())
    .option('--skip', 'give up what waited instead of sending it')
    .action(
      reopening({
        isShut: (condition) => condition.paused !== undefined,
        change: resumed,
        done: 'is resumed',
        wasNot: 'was not paused',
      }),
    );
}

interface Options {
  readonly config: string;
  readonly skip?: boolean;
}

async function pause(name: string, { config: file }: Options, command: Command): Promise<void> {
  await using opened = await openForReading(file);
  const id = await endpointNamed(name, opened, command);
  const now = systemClock.now();
  const before = await changed(id, opened.backend.deliveries, (condition) => paused(condition, now));
  console.log(
    before.paused
      ? `${id} is paused since ${when(before.paused.since)} already`
      : `${id} is paused: what it is owed is kept until "feedhook endpoints resume ${id}"`,
  );
}

interface Reopening {
  readonly isShut: (condition: EndpointCondition) => boolean;
  readonly change: (condition: EndpointCondition) => EndpointCondition;
  readonly done: string;
  readonly wasNot: string;
}

function reopening({ isShut, change, done, wasNot }: Reopening) {
  return async (name: string, { config: file, skip }: Options, command: Command): Promise<void> => {
    await using opened = await openForReading(file);
    const id = await endpointNamed(name, opened, command);
    const log = opened.backend.deliveries;
    const { condition, pending } = await healthOf(id, opened);
    if (!isShut(condition)) return console.log(`${id} ${wasNot}`);
    // While it is still shut: nothing that is to be given up may leave.
    const dropped = skip ? await log.drop({ endpointId: id, state: 'pending' }) : 0;
    // What the daemon has learnt in between stays, unless it is what this ends.
    const before = await changed(id, log, (now) => (isShut(now) ? change(now) : now));
    const waiting = skip ? givenUpWords(id, dropped) : pending > 0 ? `; ${waitedWords(pending)}` : '';
    console.log(`${id} ${done}${waiting}`);
    for (const note of stillShut(id, change(before))) console.log(note);
  };
}

const waitedWords = (count: number) =>
  `${counted(count, 'delivery')} that waited ${count === 1 ? 'is' : 'are'} sent`;

function givenUpWords(id: string, count: number): string {
  if (count === 0) return '; nothing waited';
  const [are, them] = count === 1 ? ['is', 'it'] : ['are', 'them'];
  return `; ${counted(count, 'delivery')} that waited ${are} given up ("feedhook deliveries replay --dead --endpoint ${id}" sends ${them} after all, and its other dead letters)`;
}

/** A pause and a disabling have nothing to do with each other. */
function stillShut(id: string, { paused: pause, disabled, circuit }: EndpointCondition): string[] {
  return [
    ...(pause ? [`${id} is still paused: "feedhook endpoints resume ${id}" ends that`] : []),
    ...(disabled ? [`${id} is still disabled: "feedhook endpoints enable ${id}" ends that`] : []),
    ...(circuit ? [`${id} is still left alone since it failed, and is asked again by itself`] : []),
  ];
}

async function healthOf(id: string, { backend }: Opened) {
  const found = (await backend.deliveries.endpoints()).find(({ endpointId }) => endpointId === id);
  return found ?? notTakenOver(id);
}

async function changed(
  id: string,
  log: Pick<DeliveryLog, 'changeCondition'>,
  change: (before: EndpointCondition) => EndpointCondition,
): Promise<EndpointCondition> {
  return (await log.changeCondition(id, change)) ?? notTakenOver(id);
}

function notTakenOver(id: string): never {
  throw new FeedhookError('endpoint-unknown', `no daemon has run with endpoint ${id} yet; start it once`);
}
