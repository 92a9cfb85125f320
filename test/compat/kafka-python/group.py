"""BOOTSTRAP TOPIC GROUP: a member of a group, until the standard input ends.

Says what it is assigned, what it reads, and that it has left, as lines of JSON.
"""

import json
import sys
import threading

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.errors import KafkaError

bootstrap, topic, group = sys.argv[1:4]
over = threading.Event()


def say(**told):
    print(json.dumps(told), flush=True)


def wait_for_end():
    sys.stdin.read()
    over.set()


class Teller(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        say(assigned=sorted(at.partition for at in assigned))


threading.Thread(target=wait_for_end, daemon=True).start()
consumer = KafkaConsumer(
    bootstrap_servers=bootstrap.split(","),
    group_id=group,
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    session_timeout_ms=10_000,
    heartbeat_interval_ms=500,
)
consumer.subscribe([topic], listener=Teller())
while not over.is_set():
    batches = consumer.poll(timeout_ms=200)
    for batch in batches.values():
        for record in batch:
            say(read=[record.partition, record.offset, record.value.decode()])
    if batches:
        try:
            consumer.commit()
        except KafkaError as error:
            say(failed=repr(error))
consumer.close()
say(left=True)
