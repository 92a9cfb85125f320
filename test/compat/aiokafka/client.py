"""produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] | admin BOOTSTRAP TOPIC |
group BOOTSTRAP TOPIC GROUP, records as lines of JSON."""

import asyncio
import base64
import json
import sys
import time

from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    TopicPartition,
)
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

verb, bootstrap, topic = sys.argv[1:4]
option = sys.argv[4] if len(sys.argv) > 4 else None


def decoded(text):
    return None if text is None else base64.b64decode(text)


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


async def lines():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        yield json.loads(line)


async def produce():
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        compression_type=None if option == "none" else option,
        max_request_size=2_000_000,
        linger_ms=5,
    )
    await producer.start()
    sent = []
    async for record in lines():
        sent.append(
            await producer.send(
                topic,
                partition=record["partition"],
                key=decoded(record["key"]),
                value=decoded(record["value"]),
                headers=[(name, decoded(data)) for name, data in record["headers"]],
                timestamp_ms=record["timestamp"],
            )
        )
    await asyncio.gather(*sent)
    await producer.stop()
    print(json.dumps({"count": len(sent)}))


async def consume():
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        max_partition_fetch_bytes=4_000_000,
        isolation_level="read_committed",
    )
    await consumer.start()
    # The number of partitions is known once the topic's metadata was asked for.
    await consumer._client._wait_on_metadata(topic)
    partitions = [TopicPartition(topic, it) for it in consumer.partitions_for_topic(topic)]
    ends = await consumer.end_offsets(partitions)
    if option is None:
        starts = await consumer.beginning_offsets(partitions)
    else:
        found = await consumer.offsets_for_times({it: int(option) for it in partitions})
        starts = {at: ends[at] if it is None else it.offset for at, it in found.items()}
    # At once: what waits between the two has its positions set by the policy for new consumers.
    consumer.assign(partitions)
    for at, offset in starts.items():
        consumer.seek(at, offset)
    left = set(partitions)
    while left:
        left = {it for it in left if await consumer.position(it) < ends[it]}
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                print(
                    json.dumps(
                        {
                            "partition": record.partition,
                            "offset": record.offset,
                            "key": encoded(record.key),
                            "value": encoded(record.value),
                            "headers": [[name, encoded(data)] for name, data in record.headers],
                            "timestamp": record.timestamp,
                        }
                    )
                )
    await consumer.stop()


async def settled(wanted, ask):
    """Asks until the answer is the wanted one, for ten seconds; tells the last answer, or what
    refused it. Each broker, as in Kafka, answers from its own metadata: one may be behind the one
    that took a change."""
    end = time.monotonic() + 10
    while True:
        try:
            answer = await ask()
        except Exception as error:
            answer = repr(error)
        if answer == wanted or time.monotonic() > end:
            return answer
        await asyncio.sleep(0.1)


async def admin():
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)

    async def retention():
        (response,) = await client.describe_configs([resource])
        (answer,) = response.resources
        return next(entry[1] for entry in answer[4] if entry[0] == "retention.ms")

    async def create():
        new = NewTopic(topic, 2, 3, topic_configs={"retention.ms": "60000"})
        response = await client.create_topics([new])
        return response.topic_errors[0][1]

    async def set_retention(value):
        changed = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": value})
        (response,) = await client.alter_configs([changed])
        return response.resources[0][0]

    async def partitions():
        (described,) = await client.describe_topics([topic])
        return len(described["partitions"])

    async def is_listed():
        return topic in await client.list_topics()

    async def remove():
        return (await client.delete_topics([topic])).topic_error_codes[0][1]

    told = {"created": await create(), "createdAgain": await create()}
    grown = await client.create_partitions({topic: NewPartitions(5)})
    told["grown"] = grown.topic_errors[0][1]
    told["retention"] = await settled("60000", retention)
    told["set"] = await set_retention("120000")
    told["setBad"] = await set_retention("soon")
    told["afterSet"] = await settled("120000", retention)
    told["partitions"] = await settled(5, partitions)
    told["listed"] = await settled(True, is_listed)
    told["removed"] = await remove()
    told["removedAgain"] = await remove()
    await client.close()
    print(json.dumps(told))


class Teller(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        say(assigned=sorted(at.partition for at in assigned))


def say(**told):
    print(json.dumps(told), flush=True)


async def follow():
    """Reads by assignment until the standard input ends; a lost position is no new begin."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="none", enable_auto_commit=False
    )
    await consumer.start()
    await consumer._client._wait_on_metadata(topic)
    partitions = [TopicPartition(topic, it) for it in consumer.partitions_for_topic(topic)]
    starts = await consumer.beginning_offsets(partitions)
    consumer.assign(partitions)
    for at, offset in starts.items():
        consumer.seek(at, offset)
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    while not over.done():
        for batch in (await consumer.getmany(timeout_ms=200)).values():
            for record in batch:
                say(read=[record.partition, record.offset, record.value.decode()])
    await consumer.stop()


async def group():
    """A member until the standard input ends; says what it is assigned, reads, and leaves."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=option,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=500,
    )
    consumer.subscribe([topic], listener=Teller())
    await consumer.start()
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    while not over.done():
        batches = await consumer.getmany(timeout_ms=200)
        for batch in batches.values():
            for record in batch:
                say(read=[record.partition, record.offset, record.value.decode()])
        if batches:
            try:
                await consumer.commit()
            except KafkaError as error:
                say(failed=repr(error))
    await consumer.stop()
    say(left=True)


verbs = {
    "produce": produce,
    "consume": consume,
    "admin": admin,
    "follow": follow,
    "group": group,
}
asyncio.run(verbs[verb]())
