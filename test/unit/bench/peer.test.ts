import { describe, expect, it } from 'vitest';
import { peerProperties } from '../../../bench/peers/kafka/properties.ts';

const PORTS = [1, 2, 3].map((nth) => ({ kafka: 9000 + nth, controller: 9100 + nth }));

const linesOf = (nodeId: number, ports: typeof PORTS): string[] =>
  peerProperties({ ports, nodeId, logDir: '/d', settings: { 'a.b': 'c' } }).split('\n');

describe('peerProperties', () => {
  it('gives each broker its own addresses and all the same voters', () => {
    const lines = linesOf(2, PORTS);

    expect(lines).toContain('node.id=2');
    expect(lines).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:9002');
    expect(lines).toContain(
      'controller.quorum.voters=1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103',
    );
  });

  it('replicates its own topics as often as there are brokers, three times at the most', () => {
    expect(linesOf(1, PORTS)).toContain('offsets.topic.replication.factor=3');
    expect(linesOf(1, PORTS.slice(0, 1))).toContain('offsets.topic.replication.factor=1');
  });

  it('ends with the settings that were asked for', () => {
    expect(linesOf(1, PORTS).slice(-2)).toEqual(['a.b=c', '']);
  });
});
