// Whether a command may ask for the URL that it was given: the rules of feeds.yaml for `feeds[].url` and `network.feeds.allow`
// hold for it too.

/** What is wrong with the URL, or with what `--allow` names. */
export async function targetFault(url: string, allow: readonly string[] = []): Promise<string | undefined> {
  const { allowedTarget, webUrl } = await import('../config/net-values.ts');
  const read = [
    { text: url, ...webUrl().safeParse(url) },
    ...allow.map((what) => ({ text: `--allow ${what}`, ...allowedTarget().safeParse(what) })),
  ];
  const wrong = read.find(({ success }) => !success);
  return wrong && `${wrong.text}: ${wrong.error?.issues[0]?.message}`;
}
