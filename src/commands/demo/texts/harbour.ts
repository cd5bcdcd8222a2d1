// A ship's log: Atom 1.0 in UTF-8, the clean case.

import type { Publisher } from './story.ts';

export const harbour: Publisher = {
  feed: {
    id: 'harbour',
    path: '/harbour/log.atom',
    title: 'Log of the tug “Brave Otter”',
    subtitle: 'Weather, tides & other excuses',
    homePageUrl: 'https://otter.example/log/',
    language: 'en',
    author: 'Captain Ida Holm',
    packaging: {
      format: 'atom',
      charset: 'utf-8',
      contentType: 'application/atom+xml',
      declaredCharset: 'utf-8',
    },
  },
  idPrefix: 'tag:otter.example,2026:',
  backlog: [
    {
      slug: 'fog',
      title: 'Fog, and a bell nobody owns',
      html: '<p>Visibility <em>one oar</em>. A bell rings to port; the chart shows no bell.</p>',
      tags: ['weather'],
    },
    {
      slug: 'barge-71',
      title: 'Barge 71 refuses to be number two',
      html: '<p>Towed <strong>eleven</strong> barges. The last one overtook us at the bend.</p>',
      tags: ['work'],
    },
    {
      slug: 'cook',
      title: 'New cook aboard',
      html: '<p>He asked where the sea is kept. Promising.</p>',
      tags: ['crew'],
    },
    {
      slug: 'eels',
      title: 'Eels < 1 kg go back',
      html: '<p>The rule is simple: under 1&#160;kg they swim.</p>',
      tags: ['work', 'eels'],
    },
  ],
  news: [
    {
      slug: 'lighthouse',
      title: 'The lighthouse answered',
      summary: 'We flashed “good night” and, after 31 years, it flashed back.',
      html: '<p>We flashed <q>good night</q>. After 31 years it flashed back: <code>73</code>.</p>',
      tags: ['lights'],
    },
    {
      slug: 'storm',
      title: 'Force 9, soup postponed',
      html: '<p>The soup left the pot at 04:10 and the galley at 04:11.</p>',
      tags: ['weather'],
    },
    {
      slug: 'rope',
      title: 'On the proper length of a rope',
      html: '<p>Longer than you have &amp; shorter than you carry.</p>',
      tags: ['work'],
    },
    {
      slug: 'otter',
      title: 'An actual otter',
      html: '<p>It inspected the deck, found it wanting, and left. 🦦</p>',
      tags: ['crew'],
    },
  ],
};
