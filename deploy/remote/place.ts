import { isIP } from 'node:net';
import { resolveConfig } from '../../src/app/config.ts';
import type { NodeShape } from '../local/layout.ts';
import { hasRole } from '../local/layout.ts';
import { renderProperties } from '../local/properties.ts';
import type { DeployRequest } from './request.ts';
import { addressWith, nameOf } from './request.ts';

/** One host's node: which, where it is bound, and how it is reached. */
export interface Place {
  readonly host: string;
  readonly node: NodeShape;
  /** Where other nodes reach it. */
  readonly address: string;
  /** Where clients reach it. */
  readonly publicAddress: string;
  readonly bindHost: string;
  readonly rack: string | undefined;
}

const EVERYWHERE = '0.0.0.0';

/**
 * Places in the order of the hosts: the first `controllers` of them are controllers too. An address
 * in digits is what is bound; a name may mean another address on the host itself (often loopback),
 * so there everything is bound, and the name only advertised.
 */
export const placesOf = (request: DeployRequest, controllers: number): Place[] =>
  request.hosts.map((host, index) => {
    const address = request.addresses.get(host) ?? nameOf(host);
    const publicAddress = request.publicAddresses.get(host) ?? address;
    const isOwn = isIP(address.replace(/^\[|\]$/g, '')) !== 0 && publicAddress === address;
    return {
      host,
      node: {
        nodeId: index + 1,
        roles: index < controllers ? ['controller', 'broker'] : ['broker'],
      },
      address,
      publicAddress,
      bindHost: isOwn ? address : EVERYWHERE,
      rack: request.racks.get(host),
    };
  });

/** The listeners of a place, as they are bound. */
export const listenersOf = (place: Place, request: DeployRequest): Record<string, string> => {
  const { ports } = request;
  const bound = (port: number): string => addressWith(place.bindHost, port);
  const { client, kafka, peer, admin } = ports;
  return { CLIENT: bound(client), KAFKA: bound(kafka), PEER: bound(peer), ADMIN: bound(admin) };
};

/** The `server.properties` of a place; throws with one line where a node would refuse it. */
export const configOf = (
  place: Place,
  places: readonly Place[],
  request: DeployRequest,
): string => {
  const { node, bindHost } = place;
  const text = renderProperties({
    node,
    shape: places.map((it) => it.node),
    portsOf: () => request.ports,
    hostOf: (nodeId) => places.find((it) => it.node.nodeId === nodeId)?.address ?? '',
    bindHost,
    logDir: [request.dataDirectory, ...request.furtherDirectories].join(','),
    settings: { ...ownSettings(place, request), ...Object.fromEntries(request.settings) },
  });
  resolveConfig({ file: { path: `the configuration of ${place.host}`, text } });
  return text;
};

const ownSettings = (place: Place, { ports }: DeployRequest): Record<string, string> => {
  const { address, publicAddress, bindHost, rack, node } = place;
  const advertised = [
    ...(hasRole(node, 'broker')
      ? [`CLIENT://${publicAddress}:${ports.client}`, `KAFKA://${publicAddress}:${ports.kafka}`]
      : []),
    `PEER://${address}:${ports.peer}`,
  ];
  return {
    ...(bindHost === address ? {} : { 'advertised.listeners': advertised.join(',') }),
    ...(rack === undefined ? {} : { 'broker.rack': rack }),
  };
};
