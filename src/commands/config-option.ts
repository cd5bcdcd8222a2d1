// The option that every command which reads feeds.yaml has.

import { Option } from 'commander';

export function configOption(): Option {
  return new Option('-c, --config <file>', 'the configuration file')
    .env('FEEDHOOK_CONFIG')
    .default('feeds.yaml');
}
