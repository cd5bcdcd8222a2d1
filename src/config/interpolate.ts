// Replaces `${VAR}` and `${VAR:-default}` in one text by the environment. It runs after the YAML was read,
// on single values, so that no variable can add keys. `$${` stands for a plain `${`.

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  /** What went wrong, one sentence each; empty when nothing did. */
  readonly problems: readonly string[];
}

// As in a shell, `:-` also covers a variable that is set but empty. A default holds no `}`, and so no other variable.
const reference = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

export function interpolate(text: string, env: Environment): Interpolated {
  if (!text.includes('${')) return { text, problems: [] };
  const problems: string[] = [];
  const replaced = text.replaceAll(reference, (found: string, name?: string, fallback?: string) => {
    if (found === '$${') return '${';
    if (name === undefined) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax itself is shown
      problems.push('this ${ is not ${NAME} or ${NAME:-default}; write $${ for a plain ${');
      return '';
    }
    if (fallback?.includes('${')) {
      problems.push(`the default of ${name} cannot hold another variable; use one of them`);
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) {
      problems.push(`the environment variable ${name} is not set; set it, or write \${${name}:-default}`);
    }
    return value ?? '';
  });
  return { text: replaced, problems };
}
