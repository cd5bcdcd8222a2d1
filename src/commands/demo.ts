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
      // An interrupted tour still ends its children and removes its folder.
      const interrupt = new AbortController();
      process.once('SIGINT', () => interrupt.abort());
      process.exitCode = await runDemo({ output: process.stdout, signal: interrupt.signal });
    });
}
