/** What one client may cost. Names in brackets are Kafka's. */
export interface KafkaLimits {
  /** [max.connections] More are accepted and closed at once. */
  readonly connectionCountMax: number;
  /** [max.connections.per.ip] As before, of one address. */
  readonly connectionsPerAddressMax: number;
  /** [max.connection.creation.rate] A second; what is above a second's worth waits for its turn. */
  readonly connectionRateMax: number;
  /** [socket.request.max.bytes] */
  readonly requestBytesMax: number;
  /** What one connection holds in requests that are not answered, before it is read no further. */
  readonly connectionBytesMax: number;
  /** From the connection to the first whole request. */
  readonly firstFrameMs: number;
  /** From the first byte of a request to its last. */
  readonly frameMs: number;
  /** [connections.max.idle.ms] Without a byte and without a request in work. */
  readonly idleMs: number;
  /** How long a client may leave answers lying. */
  readonly slowReaderMs: number;
}

const MIB = 1024 * 1024;

export const KAFKA_LIMITS: KafkaLimits = {
  connectionCountMax: 10_000,
  connectionsPerAddressMax: 2 ** 31 - 1,
  connectionRateMax: 1000,
  requestBytesMax: 100 * MIB,
  connectionBytesMax: 16 * MIB,
  firstFrameMs: 10_000,
  frameMs: 30_000,
  idleMs: 600_000,
  slowReaderMs: 30_000,
};
