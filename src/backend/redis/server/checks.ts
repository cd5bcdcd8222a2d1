// Whether a server keeps what it is given. Pure: server-facts.ts asks, marker.ts refuses or tells.

import type { ServerFacts } from './server-facts.ts';

export interface Finding {
  /** Under `fault` no work is begun; `warning`: it goes on. */
  readonly kind: 'fault' | 'warning';
  readonly what: string;
}

const oldest = [6, 2] as const;
export const oldestVersion = oldest.join('.');
const mostAheadMs = 5_000;

/** `mayForget`: the operator has said that losing everything is no harm (`durability=none`). */
export function findingsOf(facts: ServerFacts, mayForget: boolean): Finding[] {
  return [
    ...versionOf(facts),
    ...roleOf(facts),
    ...keeps(facts, mayForget),
    ...replicasOf(facts),
    ...clockOf(facts),
  ];
}

function versionOf({ version }: ServerFacts): Finding[] {
  if (version === undefined) return [unchecked('its version')];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return [];
  return [fault(`it is Redis ${version}; ${oldestVersion} or later is needed`)];
}

function roleOf({ role }: ServerFacts): Finding[] {
  if (role === undefined) return [unchecked('whether it is a master')];
  if (role === 'master') return [];
  return [fault('it is a replica: name its master, or its sentinels with sentinel=NAME')];
}

function keeps({ evictionPolicy, appendsToFile }: ServerFacts, mayForget: boolean): Finding[] {
  const findings: Finding[] = [];
  if (evictionPolicy === undefined) findings.push(unchecked('maxmemory-policy'));
  else if (evictionPolicy !== 'noeviction') {
    findings.push(
      fault(
        `maxmemory-policy is ${evictionPolicy}, so that it forgets when its memory is full: set noeviction`,
      ),
    );
  }
  if (appendsToFile === undefined) findings.push(unchecked('appendonly'));
  else if (!appendsToFile) {
    const what = 'appendonly is off, so that a restart forgets what feeds have told';
    findings.push(
      mayForget
        ? warning(`${what}; durability=none allows it`)
        : fault(`${what}: set appendonly yes, or write durability=none in \`store\` if that is no harm`),
    );
  }
  return findings;
}

function replicasOf({ replicas, needsReplicas }: ServerFacts): Finding[] {
  if (!replicas || needsReplicas) return [];
  return [
    warning(
      'it has replicas and min-replicas-to-write is 0, so that a fail-over may forget what it has confirmed: set it to 1',
    ),
  ];
}

/** Due times are our clock's, and every process compares its own with the same server's. */
function clockOf({ aheadMs }: ServerFacts): Finding[] {
  if (aheadMs === undefined || Math.abs(aheadMs) < mostAheadMs) return [];
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  return [warning(`its clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ours: see to NTP`)];
}

function fault(what: string): Finding {
  return { kind: 'fault', what };
}

function warning(what: string): Finding {
  return { kind: 'warning', what };
}

function unchecked(what: string): Finding {
  return warning(`it does not say ${what}: check that yourself`);
}
