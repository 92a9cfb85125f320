"""produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] | follow BOOTSTRAP TOPIC |
transact BOOTSTRAP TOPIC, records as lines of JSON."""

import base64
import json
import sys
import threading

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

verb, bootstrap, topic = sys.argv[1:4]
option = sys.argv[4] if len(sys.argv) > 4 else None


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
    partitions = [
        TopicPartition(topic, number)
        for number in consumer.list_topics(topic, timeout=10).topics[topic].partitions
    ]
    ends = {}
    for at in partitions:
        low, high = consumer.get_watermark_offsets(at, timeout=10)
        at.offset = low
        ends[at.partition] = high
    if option is not None:
        asked = [TopicPartition(topic, at.partition, int(option)) for at in partitions]
        partitions = consumer.offsets_for_times(asked, timeout=10)
    # Negative: the end, for nothing is so new.
    left = {at.partition for at in partitions if 0 <= at.offset < ends[at.partition]}
    consumer.assign([at for at in partitions if at.partition in left])
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


def follow():
    """Reads by assignment until the standard input ends; a lost position is no new begin."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "by-assignment",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
        }
    )
    numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers])
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    while not over.is_set():
        for message in consumer.consume(100, timeout=0.2):
            if message.error():
                told = {"failed": str(message.error())}
            else:
                told = {"read": [message.partition(), message.offset(), message.value().decode()]}
            print(json.dumps(told), flush=True)
    consumer.close()


def transact():
    """What it is told where it wants transactions."""
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": f"of-{topic}"})
    try:
        producer.init_transactions(60)
        print(json.dumps({"refused": None}))
    except KafkaException as error:
        print(json.dumps({"refused": str(error)}))


verbs = {
    "produce": lambda: produce(option),
    "consume": consume,
    "follow": follow,
    "transact": transact,
}
verbs[verb]()
