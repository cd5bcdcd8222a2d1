// The judge of each format.

import type { Format } from '../../../../src/config/formats.ts';
import { judgeDiscord, judgeMattermost, judgeSlack, judgeTeams } from './chat.ts';
import type { Judge } from './judge.ts';
import {
  judgeAtom,
  judgeCloudEvents,
  judgeForm,
  judgeJsonFeed,
  judgeMiniflux,
  judgeStandard,
  judgeSuperfeedr,
  judgeTemplate,
} from './machine.ts';
import { judgeMatrix } from './matrix.ts';
import { judgeGotify, judgeNtfy } from './push.ts';
import { judgeTelegram } from './telegram.ts';

export const judges: Readonly<Record<Format, Judge>> = {
  standard: judgeStandard,
  cloudevents: judgeCloudEvents,
  jsonfeed: judgeJsonFeed,
  atom: judgeAtom,
  form: judgeForm,
  template: judgeTemplate,
  miniflux: judgeMiniflux,
  superfeedr: judgeSuperfeedr,
  slack: judgeSlack,
  discord: judgeDiscord,
  teams: judgeTeams,
  mattermost: judgeMattermost,
  telegram: judgeTelegram,
  ntfy: judgeNtfy,
  gotify: judgeGotify,
  matrix: judgeMatrix,
};
