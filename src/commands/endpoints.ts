// `feedhook endpoints list|show|test|enable|pause|resume`: how the endpoints stand, and what a person decides about them.

import type { Command } from 'commander';
import { addEndpointDecisions } from './endpoints-decide.ts';
import { addEndpointsList } from './endpoints-list.ts';
import { addEndpointShow } from './endpoints-show.ts';
import { addEndpointTest } from './endpoints-test.ts';

export function addEndpoints(program: Command): void {
  const endpoints = program
    .command('endpoints')
    .description('Look at endpoints, test them, enable, pause and resume them.');
  addEndpointsList(endpoints);
  addEndpointShow(endpoints);
  addEndpointTest(endpoints);
  addEndpointDecisions(endpoints);
}
