// feeds.yaml -> Config, or a ConfigError with every fault of the file at once, each with its line and column.
// readConfig is pure but for the secret files that it is given a reader for; loadConfig adds the file system.

import { readFile, stat } from 'node:fs/promises';
import { ConfigError, type ConfigFault } from '../errors.ts';
import type { Config } from './config.ts';
import { type ConfigDocument, openDocument } from './document.ts';
import { type ConfigSource, Filler } from './fill.ts';
import { type Finding, keyPath, shownPath, shownValue } from './finding.ts';
import type { Environment } from './interpolate.ts';
import { findingsOf } from './issues.ts';
import { resolveConfig } from './resolve.ts';
import { brokenRules, doubts, partsOf, soundPartsOf } from './rules.ts';
import { type File, fileSchema } from './schema.ts';
import { readingProblem, readSecretFile } from './secret-file.ts';
import { describeIssue } from './wording.ts';

export type * from './config.ts';
export type { ConfigSource } from './fill.ts';
export { type Finding, keyPath } from './finding.ts';
export { defaultLimits } from './resolve.ts';

/** 100,000 feeds with settings of their own take about 11 MB. */
const largestFileBytes = 16 * 1024 * 1024;

/** Rules that need more than this folder knows; a fault that they find is shown like any other. */
export type FurtherRules = (config: Config) => readonly Finding[];

const none: FurtherRules = () => [];

export async function loadConfig(path: string, env: Environment, further = none): Promise<Config> {
  return readConfig(await readText(path), { file: path, env, readSecretFile }, further);
}

export function readConfig(text: string, source: ConfigSource, further = none): Config {
  const document = openDocument(text);
  const filler = new Filler(source);
  const read = readFileValues(document, filler);
  if ('findings' in read) throw configError(read.findings, document, source.file);
  const warnings = [...filler.warnings, ...doubts(partsOf(read.file))];
  const lines = warnings.map((finding) => warningLine(finding, document, source.file));
  const config = resolveConfig(read.file, source.file, lines, filler.storeCa);
  const findings = further(config);
  if (findings.length > 0) throw configError(findings, document, source.file);
  return config;
}

function readFileValues(document: ConfigDocument, filler: Filler): { file: File } | { findings: Finding[] } {
  if (!document.isReadable) return { findings: [...document.findings] };
  const values = document.values((text, path) => filler.fill(text, path));
  // An empty document is a file without any key.
  const parsed = fileSchema.safeParse(values ?? {}, { error: describeIssue });
  const broken = brokenRules(parsed.success ? partsOf(parsed.data) : soundPartsOf(values));
  const first = [...document.findings, ...filler.findings];
  const second = [...findingsOf(parsed.error?.issues ?? []), ...broken];
  const findings = [...first, ...withoutRepeats(second, first)];
  return parsed.success && findings.length === 0 ? { file: parsed.data } : { findings };
}

/** A value that could not even be read has one fault, not also those of what stands in its place. */
function withoutRepeats(findings: readonly Finding[], first: readonly Finding[]): Finding[] {
  const covered = new Set(
    first.filter(({ offset }) => offset === undefined).map(({ path }) => keyPath(path)),
  );
  if (covered.size === 0) return [...findings];
  return findings.filter(({ path }) => !path.some((_, end) => covered.has(keyPath(path.slice(0, end + 1)))));
}

function configError(findings: readonly Finding[], document: ConfigDocument, file: string): ConfigError {
  const faults = findings
    .map((finding) => faultOf(finding, document, file))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  const isUnreadable = findings.every((finding) => finding.isUnreadableFile);
  return new ConfigError(isUnreadable ? 'config-unreadable' : 'config-invalid', faults);
}

function faultOf(finding: Finding, document: ConfigDocument, file: string): ConfigFault {
  const { path, message, isAboutKey } = finding;
  const shown = isAboutKey ? undefined : shownValue(path, document.written(path));
  return {
    file,
    ...document.place(finding),
    path: shownPath(path),
    message: shown === undefined ? message : `${message} (found ${shown})`,
  };
}

function warningLine(finding: Finding, document: ConfigDocument, file: string): string {
  const { line, column } = document.place(finding);
  return `${file}:${line}:${column}: ${shownPath(finding.path)}: ${finding.message}`;
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const status = await stat(path);
    if (!status.isFile()) throw new Error('it is not a regular file');
    if (status.size > largestFileBytes) throw new Error(`it is larger than ${largestFileBytes} bytes`);
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, `cannot be read: ${readingProblem(error)}`, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(path, 'is not UTF-8', error);
  }
}

function unreadable(file: string, message: string, cause: unknown): ConfigError {
  return new ConfigError('config-unreadable', [{ file, path: '', message }], { cause });
}
