"""produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC, records as lines of JSON."""

import base64
import json
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

verb, bootstrap, topic = sys.argv[1:4]


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
    consumer.seek_to_beginning()
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


if verb == "produce":
    produce(sys.argv[4])
else:
    consume()
