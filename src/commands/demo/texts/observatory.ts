// An observatory: JSON Feed 1.1, with images attached and ids that only look like numbers.

import type { Publisher } from './story.ts';

export const observatory: Publisher = {
  feed: {
    id: 'observatory',
    path: '/observatory/feed.json',
    title: 'Night desk, Mount Quiet Observatory',
    subtitle: 'What the 60 cm saw, and what saw it',
    homePageUrl: 'https://quiet.example/night/',
    language: 'en',
    author: 'Dr. Amara Nwosu',
    packaging: { format: 'json-feed', charset: 'utf-8', contentType: 'application/feed+json' },
  },
  idPrefix: '00',
  backlog: [
    {
      slug: '61',
      title: 'Seeing 0.8″, coffee 0.2 l',
      html: '<p>Best night of the month; guided for <b>six hours</b>.</p>',
      tags: ['seeing'],
    },
    {
      slug: '62',
      title: 'Not a supernova',
      html: '<p>A moth, in the finder. Designated M-oth 1.</p>',
      tags: ['alerts'],
    },
    {
      slug: '63',
      title: 'Dome stuck at 271°',
      html: '<p>We observed whatever was there. It was Cygnus.</p>',
      tags: ['dome'],
    },
  ],
  news: [
    {
      slug: '64',
      title: 'Comet C/2026 Q4 has grown a second tail',
      summary: '12 minutes of arc, and it points the wrong way.',
      html: '<p>12′ long, at position angle 71°, and it points the <em>wrong</em> way.</p>',
      tags: ['comets'],
      enclosure: { url: 'https://quiet.example/night/64.jpg', mimeType: 'image/jpeg', sizeBytes: 418_233 },
    },
    {
      slug: '65',
      title: 'Mirror washed: +0.3 mag',
      html: '<p>Also found: one pencil (2009).</p>',
      tags: ['mirror'],
    },
    {
      slug: '66',
      title: 'α Boötis, uninvited',
      html: '<p>Drifted through the field at 03:14 &mdash; a lovely ruin.</p>',
      tags: ['seeing'],
    },
    {
      slug: '67',
      title: 'Fox on the catwalk',
      html: '<p>It looked at Saturn first. Good instincts. 🦊</p>',
      tags: ['visitors'],
    },
  ],
};
