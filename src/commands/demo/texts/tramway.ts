// A tramway museum: Atom 1.0 in UTF-16, told by its byte order mark.

import type { Publisher } from './story.ts';

export const tramway: Publisher = {
  feed: {
    id: 'tramway',
    path: '/shiden/news.xml',
    title: '路面電車資料館だより',
    subtitle: '車庫と停留所から',
    homePageUrl: 'https://shiden.example/news/',
    language: 'ja',
    author: '小野寺 澄',
    packaging: {
      format: 'atom',
      charset: 'utf-16',
      contentType: 'application/xml',
      declaredCharset: 'utf-16',
    },
  },
  idPrefix: 'urn:shiden:',
  backlog: [
    {
      slug: 'n101',
      title: '七号車、塗り直し完了',
      html: '<p>クリーム色と<em>緑</em>。昭和二十七年の姿です。</p>',
      tags: ['車両'],
    },
    {
      slug: 'n102',
      title: '冬ダイヤのお知らせ',
      html: '<p>最終便は 17:40 発です。</p>',
      tags: ['運行'],
    },
    {
      slug: 'n103',
      title: '停留所の猫について',
      html: '<p>駅長ではありません。勤務もしていません。</p>',
      tags: ['猫'],
    },
  ],
  news: [
    {
      slug: 'n104',
      title: '開館三十周年、全車両が走ります',
      summary: '十二両を順に運転します。',
      html: '<p>十二両を順に運転します。乗車は<strong>無料</strong>です。</p>',
      tags: ['運行', '行事'],
    },
    {
      slug: 'n105',
      title: '古い切符が見つかりました',
      html: '<p>行き先は「海」。区間外です。</p>',
      tags: ['資料'],
    },
    {
      slug: 'n106',
      title: '雪のため本日運休',
      html: '<p>除雪車は元気です。</p>',
      tags: ['運行'],
    },
    {
      slug: 'n107',
      title: '猫、駅長に就任',
      html: '<p>訂正いたします。🐈</p>',
      tags: ['猫'],
    },
  ],
};
