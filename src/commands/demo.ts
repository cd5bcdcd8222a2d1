// `feedhook demo`: the self-contained tour of the main job; everything of it is in demo/.

import type { Command } from 'commander';

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'A tour of the main job on this machine: an origin, a receiver and the real daemon, in a minute.',
    )
    .action(async () => {
      const { runDemo } = await import('./demo/tour.ts');
      // However it is ended, a tour ends its children and removes its folder; a second signal changes nothing.
      const interrupt = new AbortController();
      const end = () => interrupt.abort();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
      process.stdout.on('error', end);
      process.exitCode = await runDemo({ output: process.stdout, signal: interrupt.signal });
    });
}
