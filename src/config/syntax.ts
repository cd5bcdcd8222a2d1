// Our own words for what yaml finds wrong with the text: its messages may quote the line, and with it a secret.

import type { YAMLError } from 'yaml';
import type { Finding } from './finding.ts';

const words: Readonly<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'an alias (*name) can have no anchor or tag',
  BAD_ALIAS: 'an alias or anchor (*name, &name) has a name that is not allowed',
  BAD_COLLECTION_TYPE: 'a tag (!…) does not fit the value behind it',
  BAD_DIRECTIVE: 'a %directive that YAML 1.2 does not know',
  BAD_DQ_ESCAPE:
    'an unknown \\escape in a text in double quotes; write \\\\ for one backslash, or use single quotes',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_PROP_ORDER: 'an anchor or tag stands in the wrong place',
  BAD_SCALAR_START: 'a value cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two keys on one line; put the value in quotes if it contains ": "',
  BLOCK_IN_FLOW: 'an indented block inside [ ] or { }',
  DUPLICATE_KEY: 'the key stands twice in one mapping; remove one of them',
  IMPOSSIBLE: 'this cannot be read',
  KEY_OVER_1024_CHARS: 'the key is longer than 1024 characters',
  MISSING_CHAR: 'a closing quote or a ":", "," or "-" is missing',
  MULTILINE_IMPLICIT_KEY: 'a key that runs over several lines, or a ":" that is missing',
  MULTIPLE_ANCHORS: 'two anchors (&name) for one value',
  MULTIPLE_DOCS: 'a second document begins (---); the file must be one document',
  MULTIPLE_TAGS: 'two tags (!…) for one value',
  NON_STRING_KEY: 'a key must be a plain text',
  RESOURCE_EXHAUSTION: 'nested too deeply to be read',
  TAB_AS_INDENT: 'a tab in the indentation; use spaces',
  TAG_RESOLVE_FAILED: 'a tag (!…) is not allowed here; write the plain value',
  UNEXPECTED_TOKEN:
    'YAML does not allow this here; is a quote or bracket missing? A text with { } [ ] or a comma needs quotes',
};

export function syntaxFault(error: YAMLError): Finding {
  return { path: [], message: words[error.code] ?? 'this cannot be read', offset: error.pos[0] };
}
