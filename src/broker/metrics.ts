import type { Counter, Histogram, Meter } from '../env/meter.ts';

const LATENCY_BUCKETS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/** What the broker counts while it serves, by Kafka's names. */
export class BrokerMetrics {
  readonly meter: Meter;
  readonly bytesIn: Counter;
  readonly bytesOut: Counter;
  readonly messagesIn: Counter;
  readonly duplicateBatches: Counter;
  readonly repeatedRecords: Counter;
  readonly recompressedBatches: Counter;
  readonly caughtUpBytes: Counter;
  readonly produceRequests: Counter;
  readonly fetchRequests: Counter;
  readonly failedProduceRequests: Counter;
  readonly failedFetchRequests: Counter;
  readonly requestMs: Histogram;
  readonly flushMs: Histogram;
  readonly syncs: Counter;

  constructor(meter: Meter) {
    this.meter = meter;
    const perTopic = (name: string, help: string): Counter =>
      meter.counter({
        name: `kafka_server_brokertopicmetrics_${name}_total`,
        help,
        labelNames: ['topic'],
      });
    this.bytesIn = perTopic('bytesin', 'Bytes of record batches taken from producers');
    this.bytesOut = perTopic('bytesout', 'Bytes of record batches given to consumers');
    this.messagesIn = perTopic('messagesin', 'Records taken from producers');
    this.duplicateBatches = meter.counter({
      name: 'ottla_broker_duplicatebatches_total',
      help: 'Batches that producers sent again and that were in the log already',
      labelNames: ['topic'],
    });
    this.repeatedRecords = meter.counter({
      name: 'ottla_dedup_repeatedrecords_total',
      help: 'Records answered with their originals, because their message ids were in the log',
      labelNames: ['topic'],
    });
    this.recompressedBatches = meter.counter({
      name: 'ottla_broker_recompressedbatches_total',
      help: 'Batches that this leader compressed anew; 0 where compression.type is producer',
    });
    this.caughtUpBytes = meter.counter({
      name: 'ottla_replica_catchupbytes_total',
      help: 'Bytes that replicas out of sync took over the stream for those far behind',
    });
    this.produceRequests = perTopic('totalproducerequests', 'Batches asked to be appended');
    this.fetchRequests = perTopic('totalfetchrequests', 'Reads asked for, by partition');
    this.failedProduceRequests = perTopic('failedproducerequests', 'Batches that were refused');
    this.failedFetchRequests = perTopic('failedfetchrequests', 'Reads that were refused');
    this.requestMs = meter.histogram({
      name: 'kafka_network_requestmetrics_totaltimems',
      help: 'Milliseconds from a request to its answer',
      labelNames: ['request'],
      buckets: LATENCY_BUCKETS_MS,
    });
    this.flushMs = meter.histogram({
      name: 'kafka_log_logflushstats_logflushrateandtimems',
      help: 'Milliseconds that a round of syncs took',
      buckets: LATENCY_BUCKETS_MS,
    });
    this.syncs = meter.counter({
      name: 'ottla_log_syncs_total',
      help: 'Syncs of segments, of their directories and of the journal, by rounds of the flusher',
    });
  }
}
