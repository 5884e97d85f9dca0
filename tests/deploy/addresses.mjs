// Whether a NetworkPolicy's ipBlock holds an address.

import { BlockList, isIPv4 } from 'node:net';

function holdsCidr(cidr, address) {
  const [net, prefix] = cidr.split('/');
  const family = (text) => (isIPv4(text) ? 'ipv4' : 'ipv6');
  if (family(net) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(net, Number(prefix), family(net));
  return list.check(address, family(address));
}

export function holds({ cidr, except = [] }, address) {
  return holdsCidr(cidr, address) && !except.some((hole) => holdsCidr(hole, address));
}
