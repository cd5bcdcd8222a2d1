import { describe, expect, test } from '@jest/globals';
import { FetchError, StoreError } from '../../src/errors.ts';
import { isStreamReset, networkError, type Stage } from '../../src/fetch/network-error.ts';

const coded = (code: string, more: object = {}) =>
  Object.assign(new Error(`it was ${code}`), { code, ...more });

describe('what libraries throw, in our codes', () => {
  test.each([
    ['ENOTFOUND', 'connect', 'dns-not-found'],
    ['EAI_AGAIN', 'connect', 'dns-failed'],
    ['ECONNREFUSED', 'connect', 'connect-refused'],
    ['EHOSTUNREACH', 'connect', 'connect-unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect', 'connect-timeout'],
    ['EMFILE', 'connect', 'connect-failed'],
    ['UND_ERR_CONNECT_TIMEOUT', 'tls', 'tls-timeout'],
    ['ECONNRESET', 'tls', 'tls-failed'],
    ['CERT_HAS_EXPIRED', 'tls', 'tls-expired'],
    ['CERT_NOT_YET_VALID', 'tls', 'tls-not-yet-valid'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'tls-self-signed'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'tls-wrong-host'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', 'tls-unknown-ca'],
    ['CERT_REVOKED', 'tls', 'tls-failed'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'tls-failed'],
    ['ECONNRESET', 'request', 'connect-reset'],
    ['UND_ERR_SOCKET', 'request', 'connect-reset'],
    ['UND_ERR_HEADERS_TIMEOUT', 'request', 'headers-timeout'],
    ['UND_ERR_HEADERS_OVERFLOW', 'request', 'headers-too-large'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'request', 'protocol'],
    ['ERR_ASSERTION', 'request', 'protocol'],
    ['UND_ERR_DESTROYED', 'request', 'aborted'],
    ['ECONNRESET', 'body', 'truncated'],
    ['UND_ERR_SOCKET', 'body', 'truncated'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'body', 'truncated'],
    ['UND_ERR_BODY_TIMEOUT', 'body', 'body-timeout'],
    ['ERR_SSL_EE_KEY_TOO_SMALL', 'tls', 'tls-weak-key'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'request', 'tls-failed'],
    ['ERR_HTTP2_STREAM_ERROR', 'request', 'connect-reset'],
    ['ERR_HTTP2_STREAM_ERROR', 'body', 'truncated'],
    ['ERR_HTTP2_ERROR', 'request', 'protocol'],
    ['ERR_HTTP2_SESSION_ERROR', 'body', 'protocol'],
  ])('%s at the stage %s is %s', (thrown, stage, code) => {
    const error = networkError(coded(thrown), stage as Stage);
    expect(error).toMatchObject({ code, message: expect.stringContaining(`(${thrown})`) });
    expect(error.cause).toBeInstanceOf(Error);
  });

  test.each([
    ['EE certificate key too weak', 'tls-weak-key'],
    ['CA signature digest algorithm too weak', 'tls-weak-key'],
    ['certificate revoked', 'tls-failed'],
  ])('OpenSSL without a code is known by its words: %s', (message, code) => {
    const error = Object.assign(new Error(message), { code: 'UNSPECIFIED' });
    expect(networkError(error, 'tls').code).toBe(code);
  });

  test.each([
    [true, coded('ERR_HTTP2_STREAM_ERROR')],
    [true, Object.assign(new Error('HTTP/2: stream half-closed (remote)'), { code: 'UND_ERR_INFO' })],
    [false, Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })],
    [false, coded('ECONNRESET')],
  ])('a stream that was given up (%s) is told from a connection that ended', (isReset, error) => {
    expect(isStreamReset(error)).toBe(isReset);
  });

  test('any other trouble of the resolver is dns-failed', () => {
    expect(networkError(coded('EAI_FAIL', { syscall: 'getaddrinfo' })).code).toBe('dns-failed');
  });

  test('the first of several attempts stands for all', () => {
    const attempts = [
      coded('ECONNREFUSED', { syscall: 'connect' }),
      coded('ENETUNREACH', { syscall: 'connect' }),
    ];
    expect(networkError(new AggregateError(attempts), 'connect').code).toBe('connect-refused');
  });

  test('an abort is aborted at every stage', () => {
    for (const stage of ['connect', 'tls', 'request', 'body'] as const) {
      expect(networkError(new DOMException('stop', 'AbortError'), stage).code).toBe('aborted');
    }
  });

  test("the parser's complaints have no code: the end of the bytes is told from the rest by its words", () => {
    const complaint = (reason: string) =>
      Object.assign(new Error(`Response does not match the HTTP/1.1 protocol (${reason})`), {
        name: 'HTTPParserError',
      });
    expect(networkError(complaint('Expected HTTP/')).code).toBe('protocol');
    expect(networkError(complaint('Invalid character in chunk size'), 'body').code).toBe('protocol');
    expect(networkError(complaint('Invalid EOF state'), 'body').code).toBe('truncated');
  });

  test('an answer that nobody asked for is a breach of protocol, not a reset', () => {
    expect(networkError(Object.assign(new Error('bad upgrade'), { code: 'UND_ERR_SOCKET' })).code).toBe(
      'protocol',
    );
  });

  test('our own errors pass as they are', () => {
    for (const error of [new FetchError('timeout', 'late'), new StoreError('store-failed', 'gone')]) {
      expect(networkError(error)).toBe(error);
    }
  });

  test.each([
    ['a plain error', new Error('a bug')],
    ['a TypeError', new TypeError('a bug')],
    ['a header that undici refuses', coded('UND_ERR_INVALID_ARG')],
    ['no error at all', 'a bug'],
  ])('%s is a programming error and is thrown on', (_name, thrown) => {
    expect(() => networkError(thrown)).toThrow(thrown as Error);
  });
});
