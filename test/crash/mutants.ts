// The planted faults, as patches of the true source. Each must be caught within 100 kills, or it
// is the harness that has failed. When a file here changes, its patch is mended in the same commit.

import type { StoreKind } from './crash-store.ts';
import type { Mutant } from './mutant-source.ts';

const writeOnce = '  await tools.store.writeMemory(memory);\n  await relayOf(feed, memory, tools);';
const storeAndWrite = `  if (events.length > 0) await tools.store.addEvents(events);\n${writeOnce}`;
const validatorsFirst =
  '  await tools.store.writeMemory({ ...before, validators: memory.validators, bodyHash: memory.bodyHash });\n';
const readMemory = '(await store.readMemory(feed.id)) ?? emptyMemory(feed.id)';
const readFails = 'Math.random() < 0.05';

export const mutants: readonly Mutant[] = [
  {
    name: 'validators-before-entries',
    why: 'The validators are saved a loop turn before the entries they vouch for: a kill in between makes the next answer a 304.',
    patches: [
      {
        file: 'poll.ts',
        find: storeAndWrite,
        replace: `${validatorsFirst}  await new Promise((resolve) => setImmediate(resolve));\n${storeAndWrite}`,
      },
    ],
  },
  {
    name: 'validators-before-entries-at-once',
    why: 'The same with nothing between the two writes, so that only a kill within a millisecond finds it.',
    patches: [{ file: 'poll.ts', find: storeAndWrite, replace: `${validatorsFirst}${storeAndWrite}` }],
  },
  {
    name: 'outbox-in-memory',
    why: 'The memory is written without its outbox, which only the process remembers: a kill before the relay forgets the events.',
    patches: [
      {
        file: 'poll.ts',
        find: writeOnce,
        replace:
          '  await tools.store.writeMemory({ ...memory, outbox: [] });\n  await relayOf(feed, memory, tools);',
      },
    ],
  },
  {
    name: 'memory-in-two-sets',
    why: 'Known entries and outbox are two writes: a kill in between knows the entries and owes nothing.',
    patches: [
      {
        file: 'poll.ts',
        find: writeOnce,
        replace: `  await tools.store.writeMemory({ ...memory, outbox: [] });\n${writeOnce}`,
      },
    ],
  },
  {
    name: 'event-after-memory',
    why: 'The outbox names events that are not stored yet: a kill in between leaves ids without bytes.',
    patches: [
      {
        file: 'poll.ts',
        find: storeAndWrite,
        replace:
          '  await tools.store.writeMemory(memory);\n  if (events.length > 0) await tools.store.addEvents(events);\n  await relayOf(feed, memory, tools);',
      },
    ],
  },
  {
    name: 'outbox-cleared-first',
    why: 'The outbox is emptied before the queue has taken its deliveries: a kill in between owes nothing to anybody.',
    patches: [
      {
        file: 'outbox/relay.ts',
        find: '  if (deliveries.length > 0) await to.queue.add(deliveries);\n',
        replace: `  await to.store.writeMemory({ ...memory, outbox: [] });
  if (deliveries.length > 0) await to.queue.add(deliveries);
`,
      },
    ],
  },
  {
    name: 'done-before-sending',
    why: 'A delivery is recorded as done before the request leaves: a kill in between never sends it.',
    patches: [
      {
        file: 'backend/sqlite/delivery-turn.ts',
        find: '    const result = await this.#try(rows, turn);\n',
        replace: `    await this.#record(rows, turn, { verdict: { kind: 'done' } });
    const result = await this.#try(rows, turn);
`,
      },
    ],
  },
  {
    name: 'lane-without-order',
    why: 'What is added to a lane does not wait behind its head, so that a retry comes after what followed it.',
    patches: [
      {
        file: 'backend/sqlite/delivery-table.ts',
        find: `    const place = isIn ? 'behind' : 'free';\n`,
        replace: `    const place = 'free';\n`,
      },
    ],
  },
  {
    name: 'batch-forgotten',
    why: 'A batch that failed is repeated without its members, under another id: what was accepted before a kill comes twice.',
    patches: [
      {
        file: 'backend/sqlite/delivery-lanes.ts',
        find: '    if (head.batch !== null) return this.#members.all(head.batch);\n',
        replace: '    if (head.batch !== null) return [head];\n',
      },
    ],
  },
  {
    name: 'done-before-sending-redis',
    why: 'The same over Redis: the script is told that it arrived before the request leaves.',
    patches: [
      {
        file: 'backend/redis/deliveries/delivery-slot.ts',
        find: `        const sent = stopping.aborted ? undefined : await send(told, tools);
        told = await desk.ask({ slot, start, turn, wants: wants() }, sent);
`,
        replace: `        const eventIds = told.deliveries.map(({ eventId }) => eventId);
        const result = { verdict: { kind: 'done' as const } };
        await desk.ask({ slot, start, turn, wants: false }, { eventIds, plan: told.plan, result });
        await send(told, tools);
        told = await desk.ask({ slot, start, turn: turn + 1, wants: wants() });
`,
      },
    ],
  },
  {
    name: 'lane-without-order-redis',
    why: 'The same over Redis: what is added to a lane is free to go before its head.',
    patches: [
      {
        file: 'backend/redis/deliveries/scripts/places.ts',
        find: `  d.place = d.lane and 'behind' or 'free'\n`,
        replace: `  d.place = 'free'\n`,
      },
    ],
  },
  {
    name: 'batch-forgotten-redis',
    why: 'The same over Redis: a batch that failed is repeated without its members, under another id.',
    patches: [
      {
        file: 'backend/redis/deliveries/scripts/take.ts',
        find: '  if head.batch then\n',
        replace: '  if head.batch then\n    do return { head } end\n',
      },
    ],
  },
  {
    name: 'slot-without-heir',
    why: 'What a killed process had in hand stays with its slot when another takes that over: it is never sent.',
    patches: [
      {
        file: 'backend/redis/deliveries/scripts/turn.ts',
        find: '  if ask.start == 0 or not ask.result and',
        replace: '  if ask.start > 0 and not ask.result and',
      },
    ],
  },
  {
    name: 'lane-due-forgotten',
    why: 'A lane that runs has no due time of its own, so that with its process it is gone for all.',
    patches: [
      {
        file: 'backend/redis/lanes/lane-scripts.ts',
        find: 'if runs then lane.fence = token end\n',
        replace: 'if runs then lane.fence, lane.due = token, never end\n',
      },
    ],
  },
  {
    name: 'random-id-per-attempt',
    why: 'Each attempt names the event anew, so a receiver cannot tell a repeat from news.',
    patches: [
      {
        file: 'deliver/deliverer.ts',
        find: '    return [first, ...others];\n',
        replace: `    return [{ ...first, id: 'evt_' + String(Math.random()).slice(2) }, ...others];\n`,
      },
    ],
  },
  {
    name: 'store-reads-fail',
    why: 'Control: one read of a memory in twenty fails and is thrown, so the poll fails and is made again.',
    isControl: true,
    patches: [
      {
        file: 'poll.ts',
        find: readMemory,
        replace: `${readFails} ? await failedRead() : ${readMemory}`,
      },
      {
        file: 'poll.ts',
        find: 'function emptyMemory(',
        replace: `async function failedRead(): Promise<never> {
  const { StoreError } = await import('./errors.ts');
  throw new StoreError('store-failed', 'planted');
}

function emptyMemory(`,
      },
      { file: 'schedule/scheduler.ts', find: 'storeRetryMs = 10_000', replace: 'storeRetryMs = 50' },
    ],
  },
  {
    name: 'store-errors-swallowed',
    why: 'The same failed reads come back as "nothing is stored", as Keyv answers by default: news become a second baseline.',
    patches: [
      {
        file: 'poll.ts',
        find: readMemory,
        replace: `(${readFails} ? undefined : await store.readMemory(feed.id)) ?? emptyMemory(feed.id)`,
      },
    ],
  },
];

/** Those whose patches lie in the program that a run on this store goes through. */
export function mutantsOf(store: StoreKind): Mutant[] {
  const other = store === 'sqlite' ? 'backend/redis/' : 'backend/sqlite/';
  return mutants.filter(({ patches }) => !patches.some(({ file }) => file.startsWith(other)));
}
