import type { ChannelOptions } from '@grpc/grpc-js';

/** Largest message either end takes: a fetch answer of 16 MiB and its header, with room. */
export const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * HTTP/2 window of a stream and of a connection. At the default of 64 KiB a receiver whose loop is
 * busy for 5 ms caps the stream at 13 MB/s even on loopback.
 */
export const WINDOW_BYTES = 8 * 1024 * 1024;

const RECONNECT_BACKOFF_MS_MIN = 50;
const RECONNECT_BACKOFF_MS_MAX = 500;
const KEEPALIVE_INTERVAL_MS = 5_000;
const KEEPALIVE_TIMEOUT_MS = 3_000;

export const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc-node.flow_control_window': WINDOW_BYTES,
  'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
  'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
  // A retry buffer would keep every message of a long stream.
  'grpc.enable_retries': 0,
  // A lane is a connection of its own: nothing is shared between channels.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': RECONNECT_BACKOFF_MS_MIN,
  'grpc.max_reconnect_backoff_ms': RECONNECT_BACKOFF_MS_MAX,
  'grpc.keepalive_time_ms': KEEPALIVE_INTERVAL_MS,
  'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
};

export const SERVER_OPTIONS: ChannelOptions = {
  'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
  'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
  'grpc.keepalive_time_ms': KEEPALIVE_INTERVAL_MS,
  'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
};
