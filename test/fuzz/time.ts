// How long one reading takes on the thread that reads, whatever else the machine does meanwhile.

import { read, type Served } from './read.ts';

/** What one document of up to 1 MB may cost, all its entries rendered. */
export const maxMs = 250;

export function threadMs(served: Served): number {
  const before = process.threadCpuUsage();
  read(served);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
