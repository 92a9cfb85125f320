import type { OttlaClient } from '../../../src/client/client.ts';
import type { Assignor } from '../../../src/client/group/assignors/assignor.ts';
import type { Consumer } from '../../../src/client/group/consumer.ts';
import type { AssignorName } from '../../../src/client/group/consumer-options.ts';
import { string } from '../../../src/client/serde/serde.ts';
import type { GroupMember, ReadRecord } from './member.ts';

export interface SdkMemberOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly assignor: AssignorName | Assignor;
}

/** A member of a group by the SDK, over gRPC, in this process. */
export class SdkMember implements GroupMember {
  readonly read: ReadRecord[] = [];
  errors = '';
  readonly #consumer: Consumer<string, string>;
  readonly #reading: Promise<void>;

  constructor(client: OttlaClient, { topic, groupId, assignor }: SdkMemberOptions) {
    this.#consumer = client.consumer<string, string>({
      topics: [topic],
      groupId,
      assignors: [assignor],
      offsetReset: 'earliest',
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 500,
      autoCommitIntervalMs: 500,
      deserializers: { key: string, value: string },
    });
    this.#reading = this.#readAll();
  }

  get assigned(): readonly number[] {
    return this.#consumer.partitions.map(({ partition }) => partition).sort((a, b) => a - b);
  }

  async leave(): Promise<void> {
    await this.#consumer.close();
    await this.#reading;
  }

  async #readAll(): Promise<void> {
    try {
      for await (const { partition, offset, value } of this.#consumer) {
        this.read.push([partition, offset, value ?? '']);
      }
    } catch (error) {
      this.errors = String(error);
    }
  }
}
