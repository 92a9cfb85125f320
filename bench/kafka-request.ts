import { once } from 'node:events';
import { connect } from 'node:net';
import type { Api } from '../src/kafka/wire/api.ts';
import type { Decoded, Encodable, Fields } from '../src/kafka/wire/field.ts';
import { FRAME_SIZE_BYTES } from '../src/kafka/wire/frame.ts';
import { encodeRequest } from '../src/kafka/wire/request.ts';
import { decodeResponse } from '../src/kafka/wire/response.ts';

const TIMEOUT_MS = 60_000;

export interface KafkaRequest<Q extends Fields, R extends Fields> {
  readonly port: number;
  readonly api: Api<Q, R>;
  readonly apiVersion: number;
  readonly body: Encodable<Q>;
}

/** One request in Kafka's protocol to a broker on this machine, on a connection of its own. */
export const kafkaRequest = async <Q extends Fields, R extends Fields>({
  port,
  api,
  apiVersion,
  body,
}: KafkaRequest<Q, R>): Promise<Decoded<R>> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`${api.name}: no answer in time`)));
  try {
    await once(socket, 'connect');
    const head = { apiVersion, correlationId: 1, clientId: 'bench' };
    socket.write(Buffer.concat(encodeRequest(api, { ...head, body })));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const isWhole =
        bytes.length >= FRAME_SIZE_BYTES && bytes.length >= FRAME_SIZE_BYTES + bytes.readInt32BE(0);
      if (isWhole) return decodeResponse(api, apiVersion, bytes.subarray(FRAME_SIZE_BYTES)).body;
    }
    throw new Error(`${api.name}: the broker has ended the connection`);
  } finally {
    socket.destroy();
  }
};
