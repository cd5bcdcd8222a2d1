// A podcast: RSS 2.0 whose header says iso-8859-1 while its XML declaration claims UTF-8. The header is right.

import type { Publisher } from './story.ts';

const audio = (name: string, sizeBytes: number) => ({
  url: `https://radio-vesturbaer.example/mp3/${name}.mp3`,
  mimeType: 'audio/mpeg',
  sizeBytes,
});

export const radio: Publisher = {
  feed: {
    id: 'radio',
    path: '/utvarp/podcast.rss',
    title: 'Útvarp Vesturbær: þættir',
    subtitle: 'Samtöl við fólk sem þegir',
    homePageUrl: 'https://radio-vesturbaer.example/thaettir/',
    language: 'is',
    author: 'Þórdís Ægisdóttir',
    packaging: {
      format: 'rss',
      charset: 'iso-8859-1',
      contentType: 'application/rss+xml; charset=iso-8859-1',
      declaredCharset: 'utf-8',
    },
  },
  idPrefix: 'ep-',
  backlog: [
    {
      slug: '31',
      title: 'Þáttur 31: Vindurinn talar',
      html: '<p>Óklippt, 52 mínútur.</p>',
      tags: ['veður'],
      enclosure: audio('31', 49_882_112),
    },
    {
      slug: '32',
      title: 'Þáttur 32: Öræfin, fyrri hluti',
      html: '<p>Seinni hluti týndist.</p>',
      tags: ['ferðir'],
      enclosure: audio('32', 30_114_560),
    },
    {
      slug: '33',
      title: 'Þáttur 33: Kötturinn sem beið',
      html: '<p>Hann beið allan þáttinn.</p>',
      tags: ['dýr'],
      enclosure: audio('33', 27_001_344),
    },
  ],
  news: [
    {
      slug: '34',
      title: 'Þáttur 34: Ljósin yfir Ægisíðu',
      summary: 'Bréf frá hlustendum, lesin hægt.',
      html: '<p>Bréf frá hlustendum, lesin <em>mjög</em> hægt.</p>',
      tags: ['ljós'],
      enclosure: audio('34', 41_220_096),
    },
    {
      slug: '35',
      title: 'Þáttur 35: Öræfin, seinni hluti',
      html: '<p>Fannst í vasa.</p>',
      tags: ['ferðir'],
      enclosure: audio('35', 33_554_432),
    },
    {
      slug: '36',
      title: 'Þáttur 36: Þögn í þremur köflum',
      html: '<p>Kafli tvö er bestur.</p>',
      tags: ['tónlist'],
      enclosure: audio('36', 12_582_912),
    },
    {
      slug: '37',
      title: 'Þáttur 37: Síðasti vitavörðurinn',
      html: '<p>Hann svarar ekki, en hann veifar.</p>',
      tags: ['ljós'],
      enclosure: audio('37', 38_797_312),
    },
  ],
};
