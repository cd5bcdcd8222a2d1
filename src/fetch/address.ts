// What an IP address is: its class by the table of docs/http.md, read from bytes and not from its spelling. Who
// may reach which class, egress.ts decides.

import ipaddr from 'ipaddr.js';

export type AddressClass = 'public' | 'loopback' | 'private' | 'link-local' | 'metadata' | 'reserved';

export type Address = ReturnType<typeof ipaddr.parse>;
export type Range = readonly [Address, number];

const ranges = {
  // Where clouds hand out credentials.
  metadata: cidrs(
    '169.254.169.254/32 169.254.170.2/32 100.100.100.200/32 168.63.129.16/32 fd00:ec2::254/128 fd20:ce::254/128',
  ),
  'link-local': cidrs('169.254.0.0/16 fe80::/10'),
  loopback: cidrs('127.0.0.0/8 ::1/128'),
  private: cidrs('10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7'),
};

/** The class of an address; an IPv4 address inside an IPv6 one counts as what it is. */
export function classOf(address: Address): AddressClass {
  const inner = unwrap(address);
  const named = ipaddr.subnetMatch(inner, ranges as never, 'other');
  if (named !== 'other') return named as keyof typeof ranges;
  if (inner.range() !== 'unicast') return 'reserved';
  return inner instanceof ipaddr.IPv6 && !isGlobalUnicast(inner) ? 'reserved' : 'public';
}

// RFC 4291 §2.5.5.2 (mapped) and RFC 6052 §2.1 (NAT64) carry the IPv4 address in the last four bytes.
export function unwrap(address: Address): Address {
  const bytes = address.toByteArray();
  const isCarrier = carriers.some((carrier) => carrier.every((byte, index) => bytes[index] === byte));
  return bytes.length === 16 && isCarrier ? ipaddr.fromByteArray(bytes.slice(12)) : address;
}

const carriers = ['::ffff:0:0', '64:ff9b::'].map((prefix) => ipaddr.parse(prefix).toByteArray().slice(0, 12));

// Only 2000::/3 is given out (RFC 4291 §2.4), and ISATAP (RFC 5214 §6.1) hides an IPv4 address in there.
function isGlobalUnicast(address: InstanceType<typeof ipaddr.IPv6>): boolean {
  const bytes = address.toByteArray();
  const [high = 0, low, oui, type] = bytes.slice(8, 12);
  const isIsatap = (high === 0 || high === 2) && low === 0 && oui === 0x5e && type === 0xfe;
  return ((bytes[0] ?? 0) & 0xe0) === 0x20 && !isIsatap;
}

// A zone id (`fe80::1%eth0`) names an interface of ours: unreadable by intent, and so denied. An address of ::/96 as
// the system prints it (`::1.2.3.4`) ipaddr.js takes for a mapped one, unless a zero stands before it.
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/^::(?=\d+\.)/, '0::');
  return !plain.includes('%') && ipaddr.isValid(plain) ? ipaddr.parse(plain) : undefined;
}

/** Whether the text is an address in any spelling, and not a name that has to be looked up. */
export function isLiteral(host: string): boolean {
  return ipaddr.isValid(host);
}

export function isRange(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text);
}

/** A CIDR, or the range of one address. */
export function toRange(text: string): Range {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = unwrap(parseAddress(text) ?? ipaddr.parse(text));
  return [address, address.toByteArray().length * 8];
}

/** Without the brackets of IPv6 and the final dot of a complete name. */
export function bareHost(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

function cidrs(list: string): [Address, number][] {
  return list.split(' ').map((cidr) => ipaddr.parseCIDR(cidr));
}
