// Runs a Node script in a network of its own (`unshare -n -m`): nothing but `lo` and what the test asks for, so that
// private, metadata and public addresses can be real servers, and nothing ever leaves the machine. Needs root, unshare
// and ip; where they are missing, the tests that need them are skipped and say why.

import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { temporaryFolder } from './temporary.ts';

export interface Namespace {
  /** Added to `lo`: servers can listen on them. */
  readonly addresses?: readonly string[];
  /** Routed into a cable that nobody listens at: what is sent there is lost without a word. */
  readonly blackholes?: readonly string[];
  /** Shell commands when all that stands. */
  readonly commands?: readonly string[];
  /** Lines of /etc/hosts. */
  readonly hosts?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Where the script's own name server must listen: port 53 of this address. */
export const nameServer = '127.0.0.53';

/** Why there can be no namespace here; `undefined` if there can. */
export const namespaceProblem = findProblem();

function findProblem(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const trial =
    'ip link set lo up && ip link add probe0 type veth peer name probe1 && mount --bind /dev/null /etc/hosts';
  const { error, status, stderr } = spawnSync('unshare', ['-n', '-m', 'sh', '-c', trial], {
    encoding: 'utf8',
  });
  if (error) return `unshare cannot be run (${error.message})`;
  return status === 0
    ? undefined
    : `no network namespace can be made (${stderr.trim().split('\n')[0] ?? status})`;
}

/**
 * Runs `script` (a path) in a new namespace and gives back what it handed to `report`. The script's folder for files
 * is its argument.
 */
export async function inNamespace<Result>(script: string, namespace: Namespace = {}): Promise<Result> {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('resolv.conf'), `nameserver ${nameServer}\n`);
  await writeFile(folder.file('nsswitch.conf'), 'hosts: files dns\n');
  await writeFile(folder.file('hosts'), ['127.0.0.1 localhost', ...(namespace.hosts ?? []), ''].join('\n'));
  await mkdir(folder.file('work'));
  const result = folder.file('result.json');
  await writeFile(folder.file('enter.sh'), setUp(namespace, folder.path));
  const node = [process.execPath, script, folder.file('work'), result];
  const { code, complaint } = await run(
    'unshare',
    ['-n', '-m', 'sh', folder.file('enter.sh'), ...node],
    namespace.env,
  );
  const text = await readFile(result, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`${script} ended with ${code} and without a report\n${complaint}`);
  return JSON.parse(text) as Result;
}

/** For the script: hands over the result and ends at once, without waiting for threads that name servers hold. */
export async function report(result: unknown): Promise<never> {
  await writeFile(process.argv[3] ?? '', JSON.stringify(result));
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

function setUp({ addresses = [], blackholes = [], commands = [] }: Namespace, folder: string): string {
  const family = (address: string) => (isIPv6(address.split('/')[0] ?? '') ? '-6' : '-4');
  const bits = (address: string) => (isIPv6(address) ? '128 nodad' : '32');
  return [
    'set -e',
    'ip link set lo up',
    ...addresses.map((address) => {
      const [length, ...flags] = bits(address).split(' ');
      return `ip ${family(address)} addr add ${address}/${length} dev lo ${flags.join(' ')}`;
    }),
    // Without ARP frames are sent to nobody, and the other end drops what is not for it.
    'ip link add void0 type veth peer name void1',
    'ip link set void0 arp off up',
    'ip link set void1 arp off up',
    ...blackholes.map((range) => `ip ${family(range)} route add ${range} dev void0`),
    ...commands,
    ...['resolv.conf', 'nsswitch.conf', 'hosts'].map((name) => `mount --bind ${folder}/${name} /etc/${name}`),
    'exec "$@"',
    '',
  ].join('\n');
}

interface Ended {
  readonly code: number | NodeJS.Signals | null;
  readonly complaint: string;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint = `${complaint}${chunk}`.slice(-4_000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, complaint }));
  });
}
