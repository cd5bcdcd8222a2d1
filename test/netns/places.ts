// Addresses that tests in a namespace agree on with their scripts.

/** An address of the public internet, which in a namespace is ours. */
export const publicAddress = '93.184.216.34';

/** Where no feed may lead: FAULTS D01 and M15. */
export const canaryAddresses = [
  '127.0.0.9',
  '10.0.0.5',
  '169.254.169.254',
  '192.168.7.7',
  '172.16.3.3',
  'fd00:ec2::254',
  '64:ff9b::7f00:1',
  '2002:a9fe:a9fe::1',
];

/** Routed to nowhere. */
export const blackholes = ['198.41.0.0/24', '2606:4700:dead::/64'];
