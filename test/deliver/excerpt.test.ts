import { expect, test } from '@jest/globals';
import { excerptOf } from '../../src/deliver/excerpt.ts';

test.each([
  { name: 'plain text stays', body: 'no such hook', excerpt: 'no such hook' },
  { name: 'nothing is nothing', body: '', excerpt: undefined },
  { name: 'only blanks are nothing', body: ' \r\n\t ', excerpt: undefined },
  { name: 'line breaks become spaces', body: 'a\r\nb', excerpt: 'a b' },
  { name: 'escape sequences lose their power', body: '\u001b[31mred\u0007', excerpt: '[31mred' },
  { name: 'text direction cannot be turned', body: 'a\u202egnp.exe', excerpt: 'a gnp.exe' },
  { name: 'letters of any script stay', body: 'żółć 日本語 🚀', excerpt: 'żółć 日本語 🚀' },
])('$name', ({ body, excerpt }) => {
  expect(excerptOf(Buffer.from(body))).toBe(excerpt);
});

test('at most 1 KiB is kept', () => {
  expect(excerptOf(Buffer.alloc(1_024, 'x'))).toHaveLength(1_024);
  expect(excerptOf(Buffer.alloc(1_025, 'x'))).toHaveLength(1_024);
});

test('a character that the cut goes through is left out', () => {
  const body = Buffer.concat([Buffer.alloc(1_023, 'x'), Buffer.from('ż')]);
  expect(excerptOf(body)).toBe('x'.repeat(1_023));
});

test('a compressed answer has no excerpt', () => {
  expect(excerptOf(Buffer.from('readable'), 'gzip')).toBeUndefined();
  expect(excerptOf(Buffer.from('readable'), 'Identity')).toBe('readable');
});

test('a secret is masked before the cut, which could leave its beginning', () => {
  const body = Buffer.from(`${'x'.repeat(1_020)}s3cr3t-s3cr3t-s3cr3t`);
  expect(excerptOf(body, undefined, /s3cr3t-s3cr3t-s3cr3t/g)).toBe(`${'x'.repeat(1_020)}***`);
});

test('what masking makes longer is cut all the same', () => {
  expect(excerptOf(Buffer.alloc(1_024, 'ab'), undefined, /a/g)).toHaveLength(1_024);
});
