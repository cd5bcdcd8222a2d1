// What the Dockerfile makes, run as docker-compose.yml runs it, without Docker: the program with the packages of `npm ci --omit=dev
// --omit=optional` and no others, on a root file system that is read-only, as a user without a name, capabilities or a home.
// One folder can be written. Needs root, unshare and setpriv.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

const project = join(import.meta.dirname, '../..');

/** Why there can be none here; `undefined` if there can. */
export const containerProblem = findProblem();

function findProblem(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root';
  const trial = spawnSync('unshare', ['--mount', 'sh', '-c', 'mount --make-rprivate / && setpriv --version']);
  return trial.status === 0 ? undefined : 'no mount namespace can be made, or setpriv is absent';
}

export interface Image extends AsyncDisposable {
  /** Where the program may write. */
  readonly data: string;
  run(argv: readonly string[]): Container;
  /** Path of a feeds.yaml. */
  configure(config: object): Promise<string>;
}

export interface Container {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly written: { output: string; log: string };
  /** Exit code. */
  readonly ended: Promise<number | null>;
}

export async function makeImage(): Promise<Image> {
  const folder = await temporaryFolder();
  for (const name of ['data', 'root', 'feedhook', 'config']) await mkdir(folder.file(name));
  await chmod(folder.path, 0o755);
  await writeFile(folder.file('enter.sh'), enter);
  await cp(join(project, 'src'), folder.file('feedhook/src'), { recursive: true });
  await cp(join(project, 'package.json'), folder.file('feedhook/package.json'));
  await linkPackages(folder.file('feedhook/node_modules'));
  return {
    data: folder.file('data'),
    run: (argv) => start(folder, argv),
    async configure(config) {
      await writeFile(folder.file('config/feeds.yaml'), JSON.stringify(config));
      return folder.file('config/feeds.yaml');
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Those that `npm ci --omit=dev --omit=optional` leaves. https://docs.npmjs.com/cli/configuring-npm/package-lock-json#packages */
async function linkPackages(folder: string): Promise<void> {
  interface Locked {
    readonly dev?: boolean;
    readonly optional?: boolean;
    readonly devOptional?: boolean;
  }
  const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
  for (const [path, { dev, optional, devOptional }] of Object.entries<Locked>(packages)) {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || dev || optional || devOptional) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await symlink(join(project, path), join(folder, name));
  }
}

function start(folder: TemporaryFolder, argv: readonly string[]): Container {
  const program = [process.execPath, '--disable-sigusr1', folder.file('feedhook/src/cli.ts'), ...argv];
  const enterIt = ['--mount', 'sh', folder.file('enter.sh'), folder.path];
  const child = spawn('unshare', [...enterIt, ...program]);
  const written = { output: '', log: '' };
  child.stdout.on('data', (chunk) => {
    written.output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    written.log += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, written, ended };
}

/** Every step replaces the process before, so that a signal reaches the program. */
const enter = `set -e
folder=$1
shift
mount --make-rprivate /
mount --rbind / "$folder/root"
mount -o remount,bind,ro "$folder/root"
awk -v under="$folder/root/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | while read -r point; do
  case "$point" in
    "$folder"/root/proc* | "$folder"/root/dev*) ;;
    *) mount -o remount,bind,ro "$point" 2>/dev/null || true ;;
  esac
done
mount -t tmpfs -o uid=10001,gid=10001,mode=700 tmpfs "$folder/root$folder/data"
exec chroot "$folder/root" setpriv --reuid 10001 --regid 10001 --clear-groups --bounding-set=-all --no-new-privs \\
  env -i PATH=/usr/bin:/bin HOME=/nonexistent "$@"
`;
