"""produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] | follow BOOTSTRAP TOPIC |
admin BOOTSTRAP TOPIC, records as lines of JSON."""

import base64
import json
import sys
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import BrokerResponseError

verb, bootstrap, topic = sys.argv[1:4]
option = sys.argv[4] if len(sys.argv) > 4 else None


def decoded(text):
    return None if text is None else base64.b64decode(text)


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


def produce(codec):
    producer = KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        acks="all",
        compression_type=None if codec == "none" else codec,
        max_request_size=2_000_000,
        retries=10,
        max_in_flight_requests_per_connection=1,
    )
    sent = []
    for line in sys.stdin:
        record = json.loads(line)
        sent.append(
            producer.send(
                topic,
                partition=record["partition"],
                key=decoded(record["key"]),
                value=decoded(record["value"]),
                headers=[(name, decoded(data)) for name, data in record["headers"]],
                timestamp_ms=record["timestamp"],
            )
        )
    for future in sent:
        future.get(timeout=30)
    producer.close()
    print(json.dumps({"count": len(sent)}))


def consume():
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4_000_000,
    )
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    ends = consumer.end_offsets(partitions)
    consumer.assign(partitions)
    if option is None:
        consumer.seek_to_beginning()
    else:
        found = consumer.offsets_for_times({at: int(option) for at in partitions})
        for at in partitions:
            consumer.seek(at, ends[at] if found[at] is None else found[at].offset)
    while any(consumer.position(at) < ends[at] for at in partitions):
        for batch in consumer.poll(timeout_ms=1000).values():
            for record in batch:
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
    consumer.close()


def follow():
    """Reads by assignment until the standard input ends; a lost position is no new begin."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap.split(","), auto_offset_reset="none", enable_auto_commit=False
    )
    consumer.assign(
        [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    )
    consumer.seek_to_beginning()
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    while not over.is_set():
        for batch in consumer.poll(timeout_ms=200).values():
            for record in batch:
                told = [record.partition, record.offset, record.value.decode()]
                print(json.dumps({"read": told}), flush=True)
    consumer.close()


def settled(wanted, ask):
    """Asks until the answer is the wanted one, for ten seconds; tells the last answer, or what
    refused it. Each broker, as in Kafka, answers from its own metadata: one may be behind the one
    that took a change."""
    end = time.monotonic() + 10
    while True:
        try:
            answer = ask()
        except Exception as error:
            answer = repr(error)
        if answer == wanted or time.monotonic() > end:
            return answer
        time.sleep(0.1)


def admin():
    client = KafkaAdminClient(bootstrap_servers=bootstrap.split(","))

    def outcome(call):
        """The protocol's number of an error, or 0."""
        try:
            call()
            return 0
        except BrokerResponseError as error:
            return error.errno

    def create():
        client.create_topics([NewTopic(topic, 2, 3, topic_configs={"retention.ms": "60000"})])

    def retention():
        (response,) = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        (answer,) = response.resources
        return next(entry[1] for entry in answer[4] if entry[0] == "retention.ms")

    def set_retention(value):
        changed = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": value})
        (answer,) = client.alter_configs([changed]).resources
        return answer[0]

    told = {"created": outcome(create), "createdAgain": outcome(create)}
    told["grown"] = outcome(lambda: client.create_partitions({topic: NewPartitions(5)}))
    told["retention"] = settled("60000", retention)
    told["set"] = set_retention("120000")
    told["setBad"] = set_retention("soon")
    told["afterSet"] = settled("120000", retention)
    told["partitions"] = settled(5, lambda: len(client.describe_topics([topic])[0]["partitions"]))
    told["listed"] = settled(True, lambda: topic in client.list_topics())
    told["removed"] = outcome(lambda: client.delete_topics([topic]))
    told["removedAgain"] = outcome(lambda: client.delete_topics([topic]))
    client.close()
    print(json.dumps(told))


if verb == "produce":
    produce(option)
elif verb == "consume":
    consume()
elif verb == "follow":
    follow()
else:
    admin()
