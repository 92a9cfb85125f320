"""BOOTSTRAP TOPIC GROUP [STRATEGY]: a member of a group, until the standard input ends.

Says what it is assigned, what it reads, and that it has left, as lines of JSON.
"""

import json
import sys
import threading

from confluent_kafka import Consumer, KafkaException

bootstrap, topic, group = sys.argv[1:4]
strategy = sys.argv[4] if len(sys.argv) > 4 else "range"
over = threading.Event()


def say(**told):
    print(json.dumps(told), flush=True)


def wait_for_end():
    sys.stdin.read()
    over.set()


def tell_assigned(consumer, added):
    """Cooperative members are told what is new; eager ones, everything."""
    held = {at.partition for at in consumer.assignment()}
    say(assigned=sorted(held | {at.partition for at in added}))


threading.Thread(target=wait_for_end, daemon=True).start()
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": 10_000,
        "heartbeat.interval.ms": 500,
        "partition.assignment.strategy": strategy,
    }
)
consumer.subscribe([topic], on_assign=tell_assigned)
while not over.is_set():
    messages = consumer.consume(100, timeout=0.2)
    for message in messages:
        if message.error():
            continue
        say(read=[message.partition(), message.offset(), message.value().decode()])
    if messages:
        try:
            consumer.commit(asynchronous=False)
        except KafkaException as error:
            say(failed=str(error))
consumer.close()
say(left=True)
