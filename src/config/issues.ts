// What the schema finds, as findings: one for each key, unions reduced to the branch that was meant.

import type { z } from 'zod';
import type { Finding, Path } from './finding.ts';
import { keysAt, placesOf } from './json-schema.ts';
import { describeUnknownKey } from './wording.ts';

type Issue = z.core.$ZodIssue;

export function findingsOf(issues: readonly Issue[], around: Path = []): Finding[] {
  return issues.flatMap((issue) => findingOf(issue, [...around, ...(issue.path as Path)]));
}

function findingOf(issue: Issue, path: Path): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: unknownKey(key, path),
        isAboutKey: true,
      }));
    case 'invalid_union':
      return meantBranch(issue.errors, path);
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? issue.message, isAboutKey: true }];
    default:
      return [{ path, message: issue.message, ...(isAboutKey(issue) && { isAboutKey: true }) }];
  }
}

/** What a value of our own says of itself (filter-value.ts). */
function isAboutKey(issue: Issue): boolean {
  return issue.code === 'custom' && issue.params?.isAboutKey === true;
}

function unknownKey(key: string, path: Path): string {
  return describeUnknownKey(key, keysAt(path), placesOf(key));
}

/** A branch is meant when the value has its kind; a value of no branch's kind gets all of them named. */
function meantBranch(branches: readonly (readonly Issue[])[], path: Path): Finding[] {
  const isWrongKind = (issue: Issue) =>
    issue.path.length === 0 && ['invalid_type', 'invalid_value'].includes(issue.code);
  const meant = branches.find((issues) => !issues.some(isWrongKind));
  if (meant) return findingsOf(meant, path);
  const said = branches.flatMap((issues) => issues.filter(isWrongKind).map((issue) => issue.message));
  return [
    {
      path,
      message: said.map((text, index) => (index === 0 ? text : text.replace(/^expected /, ''))).join(', or '),
    },
  ];
}
