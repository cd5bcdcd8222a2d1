// How an endpoint's condition is kept as a text. A field that this version does not know stays; one that decides whether
// anything is sent must be what it should be, or the record is damaged: "unreadable" is never "in good health".

import { StoreError } from '../errors.ts';
import type { EndpointCondition } from '../model/endpoint.ts';

export function writeCondition(condition: EndpointCondition): string {
  return JSON.stringify(condition);
}

/** Throws `store-corrupt`, naming the endpoint. */
export function readCondition(endpointId: string, text: string): EndpointCondition {
  const parsed = parse(endpointId, text);
  if (!isRecord(parsed) || !isSound(parsed)) throw damaged(endpointId);
  return parsed as EndpointCondition;
}

function parse(endpointId: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(endpointId, cause);
  }
}

function isSound({ paused, disabled, circuit, pace, restsUntil }: Record<string, unknown>): boolean {
  return (
    isAbsentOr(paused, isRecord) &&
    isAbsentOr(disabled, (it) => isRecord(it) && isAbsentOr(it.probeAt, isNumber)) &&
    isAbsentOr(circuit, (it) => isRecord(it) && isNumber(it.probeAt)) &&
    isAbsentOr(pace, (it) => isRecord(it) && isNumber(it.gapMs)) &&
    isAbsentOr(restsUntil, isNumber)
  );
}

const isNumber = (value: unknown) => typeof value === 'number';
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isAbsentOr = (value: unknown, holds: (value: unknown) => boolean) =>
  value === undefined || holds(value);

function damaged(endpointId: string, cause?: unknown): StoreError {
  return new StoreError(
    'store-corrupt',
    `the stored condition of endpoint ${endpointId} is damaged: another url for it, or a backup of the store, mends that`,
    { cause },
  );
}
