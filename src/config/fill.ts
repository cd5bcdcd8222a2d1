// Fills variables and secret files into the texts of feeds.yaml, one text at a time, and collects what went wrong.
// A message names the text as written (`file:${DIR}/key`), never what a variable held.

import { dirname, resolve } from 'node:path';
import { holdsCertificates } from './certificates.ts';
import { type Finding, keyPath, mayBeFile, type Path } from './finding.ts';
import { type Environment, interpolate } from './interpolate.ts';
import { readingProblem, type SecretFile } from './secret-file.ts';
import { isRedisUrl, parseStoreUrl } from './store-url.ts';

export interface ConfigSource {
  /** The path of the file, as people know it. */
  readonly file: string;
  readonly env: Environment;
  /** Gives the file behind `file:/path`, or throws with the reason. */
  readonly readSecretFile: (path: string) => SecretFile;
}

export class Filler {
  readonly findings: Finding[] = [];
  readonly warnings: Finding[] = [];
  /** The certificates that the store URL names by their path. */
  storeCa: string | undefined;
  readonly #source: ConfigSource;

  constructor(source: ConfigSource) {
    this.#source = source;
  }

  /** What a text of the file stands for. A text that cannot be filled in stays as it is, with a finding. */
  fill(written: string, path: Path): string {
    const { text, problems } = interpolate(written, this.#source.env);
    for (const message of problems) this.findings.push({ path, message });
    const isFile = problems.length === 0 && text.startsWith('file:') && mayBeFile(path);
    const filled = isFile ? this.#readFile(text, written, path) : text;
    if (problems.length === 0 && keyPath(path) === 'store') this.#readStoreCa(filled, path);
    return filled;
  }

  #readStoreCa(store: string, path: Path): void {
    const parsed = isRedisUrl(store) ? parseStoreUrl(store) : undefined;
    const ca = parsed && 'store' in parsed ? parsed.store.tls?.ca : undefined;
    if (ca === undefined) return;
    const { file, readSecretFile } = this.#source;
    try {
      // Certificates are public, so that it is no matter who can read them.
      this.storeCa = readSecretFile(resolve(dirname(file), ca)).text;
      if (holdsCertificates(this.storeCa)) return;
      this.findings.push({ path, message: 'the file after ca= holds no certificates in PEM form' });
    } catch (error) {
      const message = `the file after ca= cannot be read: ${readingProblem(error)}`;
      this.findings.push({ path, message, isUnreadableFile: true });
    }
  }

  #readFile(text: string, written: string, path: Path): string {
    const { file, readSecretFile } = this.#source;
    try {
      const secret = readSecretFile(resolve(dirname(file), text.slice('file:'.length)));
      if (secret.isWorldReadable) {
        this.warnings.push({
          path,
          message: `every user can read ${written}; take the right away (chmod o-r)`,
        });
      }
      return secret.text;
    } catch (error) {
      const message = `${written} cannot be read: ${readingProblem(error)}`;
      this.findings.push({ path, message, isUnreadableFile: true });
      return text;
    }
  }
}
