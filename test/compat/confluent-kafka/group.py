"""BOOTSTRAP TOPIC GROUP [STRATEGY [INSTANCE]]: a member of a group, until the standard input ends.

Says what it is assigned and what is taken from it, what it reads, that it is fenced and that it has
left, as lines of JSON.
"""

import json
import os
import sys
import threading

from confluent_kafka import Consumer, KafkaError, KafkaException

bootstrap, topic, group = sys.argv[1:4]
strategy = sys.argv[4] if len(sys.argv) > 4 else "range"
instance = sys.argv[5] if len(sys.argv) > 5 else None
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


def tell_revoked(_consumer, gone):
    say(revoked=sorted(at.partition for at in gone))


def end_if_fenced(error):
    """Who is fenced is no member any more: it has nothing to leave. A consumer knows no other fatal
    error, and tells of it by that name only."""
    if error.code() in (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID):
        say(fenced=True)
        os._exit(0)


threading.Thread(target=wait_for_end, daemon=True).start()
# A static member is started anew within it.
session_ms = 10_000 if instance is None else 60_000
static = {} if instance is None else {"group.instance.id": instance}
consumer = Consumer(
    {
        **static,
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": session_ms,
        "heartbeat.interval.ms": 500,
        "partition.assignment.strategy": strategy,
    }
)
consumer.subscribe([topic], on_assign=tell_assigned, on_revoke=tell_revoked)
while not over.is_set():
    try:
        messages = consumer.consume(100, timeout=0.2)
    except KafkaException as error:
        end_if_fenced(error.args[0])
        raise
    for message in messages:
        if message.error():
            end_if_fenced(message.error())
            continue
        say(read=[message.partition(), message.offset(), message.value().decode()])
    if messages:
        try:
            consumer.commit(asynchronous=False)
        except KafkaException as error:
            end_if_fenced(error.args[0])
            say(failed=str(error))
consumer.close()
say(left=True)
