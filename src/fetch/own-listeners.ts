// Whether an address and port are a server of this very process. A feed or webhook that leads there would let
// strangers drive our own status page, or make us answer ourselves, so no rule of feeds.yaml opens it.

import { networkInterfaces } from 'node:os';
import { type Address, bareHost, classOf, parseAddress, unwrap } from './address.ts';

/** Where one of our servers listens: an address or name, and its port. */
export interface OwnListener {
  readonly host: string;
  readonly port: number;
}

/** `hostname` led to `address`; both may be one literal. */
export function isOwnListener(
  { address, hostname, port }: { readonly address: string; readonly hostname: string; readonly port: number },
  listeners: readonly OwnListener[],
): boolean {
  // Nearly every target falls out here, by its port.
  return listeners.some((own) => own.port === port && isOwnAddress(address, hostname, own.host));
}

function isOwnAddress(address: string, hostname: string, boundTo: string): boolean {
  const bound = bareHost(boundTo);
  if (bareHost(hostname) === bound) return true;
  const target = read(address);
  if (target === undefined) return false;
  // Connecting to the unspecified address reaches this machine.
  if (classOf(target) === 'loopback' || isUnspecified(target)) return true;
  const listening = read(bound);
  if (listening === undefined) return false;
  return isUnspecified(listening) ? localAddresses().has(keyOf(target)) : keyOf(listening) === keyOf(target);
}

function read(text: string): Address | undefined {
  const parsed = parseAddress(bareHost(text));
  return parsed && unwrap(parsed);
}

function isUnspecified(address: Address): boolean {
  return address.toByteArray().every((byte) => byte === 0);
}

function localAddresses(): ReadonlySet<string> {
  const found = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return new Set(found.flatMap(({ address }) => (read(address) ? [keyOf(read(address) as Address)] : [])));
}

function keyOf(address: Address): string {
  return address.toByteArray().join('.');
}
