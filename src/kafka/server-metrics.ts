import type { Counter, Histogram, Meter } from '../env/meter.ts';
import type { KafkaHandler } from './handler.ts';

/** What is read off the server when metrics are scraped. */
export interface ServerGauges {
  readonly connectionCount: () => number;
  readonly usedBytes: () => number;
  readonly availableBytes: () => number;
  readonly waitingCount: () => number;
}

const LATENCY_BUCKETS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/** The listener by the names that Kafka's JMX exporter gives to its own. */
export class ServerMetrics {
  readonly refused: Counter;
  readonly #requests: Counter;
  readonly #requestMs: Histogram;

  constructor(meter: Meter, gauges: ServerGauges) {
    this.refused = meter.counter({
      name: 'kafka_network_socketserver_expiredconnectionskilledcount_total',
      help: 'Connections closed for what their client did or left undone',
    });
    this.#requests = meter.counter({
      name: 'kafka_network_requestmetrics_requests_total',
      help: 'Requests answered on the Kafka listener',
      labelNames: ['request'],
    });
    this.#requestMs = meter.histogram({
      name: 'kafka_network_requestmetrics_totaltimems',
      help: 'Milliseconds from a request to its answer',
      labelNames: ['request'],
      buckets: LATENCY_BUCKETS_MS,
    });
    const gauge = (name: string, help: string, read: () => number): void =>
      meter.gauge({ name, help }, () => [{ value: read() }]);
    gauge(
      'kafka_server_socket_server_metrics_connection_count',
      'Open connections of Kafka clients',
      gauges.connectionCount,
    );
    gauge(
      'kafka_network_socketserver_memorypoolused',
      'Bytes held in requests and answers of Kafka clients',
      gauges.usedBytes,
    );
    gauge(
      'kafka_network_socketserver_memorypoolavailable',
      'Bytes that may still be held before connections are read no further',
      gauges.availableBytes,
    );
    gauge(
      'kafka_network_requestchannel_requestqueuesize',
      'Requests that have arrived and are not begun',
      gauges.waitingCount,
    );
  }

  onAnswered({ api, isMeasuredApart }: KafkaHandler, durationMs: number): void {
    const labels = { request: api.name };
    this.#requests.add(1, labels);
    if (!isMeasuredApart) this.#requestMs.observe(durationMs, labels);
  }
}
