// Text between and inside the tags that we write ourselves. These four references are all that Telegram knows by name:
// https://core.telegram.org/bots/api#html-style

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => references[sign] ?? sign);
}
