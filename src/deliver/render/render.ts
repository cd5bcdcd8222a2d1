// Turns the events of one request into its bytes, by the file of the endpoint's format. Whatever a format did, no body leaves that
// is longer than the endpoint takes: ids and links are never cut, so there are events that are too long for any form.

import type { Format } from '../../config/formats.ts';
import { traitsOf } from '../../config/formats.ts';
import { DeliveryError } from '../../errors.ts';
import type { StoredEvent } from '../../model/event.ts';
import { renderAtom } from './atom.ts';
import { renderCloudEvents } from './cloudevents.ts';
import { renderDiscord } from './discord.ts';
import { renderForm } from './form.ts';
import { renderGotify } from './gotify.ts';
import { renderJsonFeed } from './json-feed.ts';
import { renderMatrix } from './matrix.ts';
import { renderMattermost } from './mattermost.ts';
import { renderMiniflux } from './miniflux.ts';
import { renderNtfy } from './ntfy.ts';
import { viewOf } from './payload.ts';
import type { EventView, Render, Rendered, RenderOptions } from './rendered.ts';
import { renderSlack } from './slack.ts';
import { renderStandard } from './standard.ts';
import { renderSuperfeedr } from './superfeedr.ts';
import { renderTeams } from './teams.ts';
import { renderTelegram } from './telegram.ts';
import { renderTemplate } from './template.ts';

const renderers: Readonly<Record<Format, Render>> = {
  standard: renderStandard,
  cloudevents: renderCloudEvents,
  jsonfeed: renderJsonFeed,
  atom: renderAtom,
  form: renderForm,
  template: renderTemplate,
  miniflux: renderMiniflux,
  superfeedr: renderSuperfeedr,
  slack: renderSlack,
  discord: renderDiscord,
  teams: renderTeams,
  mattermost: renderMattermost,
  telegram: renderTelegram,
  ntfy: renderNtfy,
  gotify: renderGotify,
  matrix: renderMatrix,
};

/** Throws DeliveryError `event-unrenderable`. */
export function renderRequest(
  [first, ...others]: readonly [StoredEvent, ...StoredEvent[]],
  options: RenderOptions,
): Rendered {
  const views: readonly [EventView, ...EventView[]] = [viewOf(first), ...others.map(viewOf)];
  const { mostEvents } = traitsOf[options.format];
  // A format that shows one event would lose the rest without a word.
  if (views.length > mostEvents) throw unrenderable(first, `${views.length} events, not ${mostEvents},`);
  const rendered = renderers[options.format](views, options);
  const bytes = rendered.body.length;
  if (bytes > options.maxBytes) throw unrenderable(first, `${bytes} bytes, not ${options.maxBytes},`);
  return rendered;

  function unrenderable({ id }: StoredEvent, what: string): DeliveryError {
    return new DeliveryError('event-unrenderable', `${what} of ${options.format} for event ${id}`);
  }
}
