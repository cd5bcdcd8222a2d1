// EBCDIC code pages, which neither TextDecoder nor iconv-lite has. Each is an arrangement of the 256
// characters of Latin-1; 500 and 1047 are told as what differs from 037.

export type EbcdicPage = 'ibm037' | 'ibm500' | 'ibm1047';

/** Byte -> code point in hexadecimal, one row for each high half of the byte. */
const page037 = `
  000102039c09867f978d8e0b0c0d0e0f 101112139d8508871819928f1c1d1e1f
  80818283840a171b88898a8b8c050607 909116939495960498999a9b14159e1a
  20a0e2e4e0e1e3e5e7f1a22e3c282b7c 26e9eaebe8edeeefecdf21242a293bac
  2d2fc2c4c0c1c3c5c7d1a62c255f3e3f f8c9cacbc8cdcecfcc603a2340273d22
  d8616263646566676869abbbf0fdfeb1 b06a6b6c6d6e6f707172aabae6b8c6a4
  b57e737475767778797aa1bfd0dddeae 5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7
  7b414243444546474849adf4f6f2f3f5 7d4a4b4c4d4e4f505152b9fbfcf9faff
  5cf7535455565758595ab2d4d6d2d3d5 30313233343536373839b3dbdcd9da9f`;

const differences: Record<EbcdicPage, readonly (readonly [byte: number, character: string])[]> = {
  ibm037: [],
  ibm500: [
    [0x4a, '['],
    [0x4f, '!'],
    [0x5a, ']'],
    [0x5f, '^'],
    [0xb0, '¢'],
    [0xba, '¬'],
    [0xbb, '|'],
  ],
  ibm1047: [
    [0x5f, '^'],
    [0xad, '['],
    [0xb0, '¬'],
    [0xba, 'Ý'],
    [0xbb, '¨'],
    [0xbd, ']'],
  ],
};

const aliases: Record<EbcdicPage, readonly string[]> = {
  ibm037: ['ebcdic-cp-us', 'ebcdic-cp-ca', 'ebcdic-cp-wt', 'ebcdic-cp-nl', 'csibm037', '037'],
  ibm500: ['ebcdic-cp-be', 'ebcdic-cp-ch', 'csibm500', '500'],
  ibm1047: ['ebcdic-latin-1-open-systems', 'csibm1047', '1047'],
};

const pages = Object.keys(aliases) as EbcdicPage[];
const pageOf = new Map(
  pages.flatMap((page) => {
    const number = page.slice('ibm'.length);
    return [page, `ibm-${number}`, `cp${number}`, `cp-${number}`, ...aliases[page]].map(
      (label) => [label, page] as const,
    );
  }),
);

/** `ibm-37` and `cp37` are written as often as the registered three digits. */
export function ebcdicPage(label: string): EbcdicPage | undefined {
  return pageOf.get(label.replace(/^((?:ibm|cp)-?)37$/, '$1037'));
}

const tables = new Map<EbcdicPage, Uint8Array>();

function tableOf(page: EbcdicPage): Uint8Array {
  let table = tables.get(page);
  if (!table) {
    table = Buffer.from(page037.replace(/\s/g, ''), 'hex');
    for (const [byte, character] of differences[page]) table[byte] = character.charCodeAt(0);
    tables.set(page, table);
  }
  return table;
}

export function fromEbcdic(bytes: Uint8Array, page: EbcdicPage): string {
  const table = tableOf(page);
  return Buffer.from(bytes.map((byte) => table[byte] ?? 0)).toString('latin1');
}
