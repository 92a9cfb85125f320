"""produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC, records as lines of JSON."""

import base64
import json
import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

verb, bootstrap, topic = sys.argv[1:4]


def decoded(text):
    return None if text is None else base64.b64decode(text)


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


def produce(codec):
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "compression.type": codec,
            "linger.ms": 5,
            "message.max.bytes": 2_000_000,
        }
    )
    failures = []
    count = 0

    def on_delivery(error, _message):
        if error is not None:
            failures.append(str(error))

    for line in sys.stdin:
        record = json.loads(line)
        while True:
            try:
                producer.produce(
                    topic,
                    partition=record["partition"],
                    key=decoded(record["key"]),
                    value=decoded(record["value"]),
                    headers=[(name, decoded(data)) for name, data in record["headers"]],
                    timestamp=record["timestamp"],
                    on_delivery=on_delivery,
                )
                break
            except BufferError:
                producer.poll(0.05)
        producer.poll(0)
        count += 1
    producer.flush(60)
    if failures:
        raise SystemExit(f"{len(failures)} failed: {failures[0]}")
    print(json.dumps({"count": count}))


def consume():
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "by-assignment",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    ends = {}
    for number in partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)
        ends[number] = high if high > low else None
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    left = {number for number, end in ends.items() if end is not None}
    while left:
        message = consumer.poll(30)
        if message is None:
            raise SystemExit(f"nothing came for 30 s; partitions {left} are not read to their end")
        if message.error():
            if message.error().code() == -191:
                left.discard(message.partition())
                continue
            raise KafkaException(message.error())
        print(
            json.dumps(
                {
                    "partition": message.partition(),
                    "offset": message.offset(),
                    "key": encoded(message.key()),
                    "value": encoded(message.value()),
                    "headers": [[name, encoded(data)] for name, data in message.headers() or []],
                    "timestamp": message.timestamp()[1],
                }
            )
        )
    consumer.close()


if verb == "produce":
    produce(sys.argv[4])
else:
    consume()
