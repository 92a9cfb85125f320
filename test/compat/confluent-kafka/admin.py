"""BOOTSTRAP: administration as an operator does it; tells what came back as one line of JSON."""

import json
import sys
import time

from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
)

admin = AdminClient({"bootstrap.servers": sys.argv[1]})
NAME = "administered"


def outcome(futures):
    """By name: the code of the error, or 0."""
    codes = {}
    for name, future in futures.items():
        try:
            future.result(30)
            codes[str(name)] = 0
        except KafkaException as error:
            codes[str(name)] = error.args[0].code()
    return codes


def configs(resource):
    (future,) = admin.describe_configs([resource]).values()
    return {
        name: {
            "value": entry.value,
            "source": entry.source,
            "readOnly": entry.is_read_only,
            "synonyms": len(entry.synonyms),
        }
        for name, entry in future.result(30).items()
    }


def set_config(key, value, operation=AlterConfigOpType.SET):
    entry = ConfigEntry(key, value, incremental_operation=operation)
    resource = ConfigResource(ConfigResource.Type.TOPIC, NAME, incremental_configs=[entry])
    return list(outcome(admin.incremental_alter_configs([resource])).values())[0]


def settled(is_wanted, ask):
    """Asks until the answer is a wanted one, for ten seconds; tells the last answer, or what
    refused it. Each broker, as in Kafka, answers from its own metadata: one may be behind the one
    that took a change."""
    end = time.monotonic() + 10
    while True:
        try:
            answer = ask()
            if is_wanted(answer):
                return answer
        except KafkaException as error:
            answer = repr(error)
        if time.monotonic() > end:
            return answer
        time.sleep(0.1)


def retention(value):
    """Of the topic, once it is this value."""
    return settled(
        lambda told: told["value"] == value,
        lambda: configs(ConfigResource(ConfigResource.Type.TOPIC, NAME))["retention.ms"],
    )


told = {}
topic = NewTopic(NAME, num_partitions=2, replication_factor=3, config={"retention.ms": "60000"})
told["created"] = outcome(admin.create_topics([topic], operation_timeout=30))
told["createdAgain"] = outcome(admin.create_topics([NewTopic(NAME, 1, 1)]))
told["badConfig"] = outcome(admin.create_topics([NewTopic("bad", 1, 1, config={"no.such": "1"})]))
told["badName"] = outcome(admin.create_topics([NewTopic("a/b", 1, 1)]))
told["tooManyReplicas"] = outcome(admin.create_topics([NewTopic("wide", 1, 9)]))
told["grown"] = outcome(admin.create_partitions([NewPartitions(NAME, 5)]))
told["shrunk"] = outcome(admin.create_partitions([NewPartitions(NAME, 1)]))
told["retention"] = retention("60000")
told["set"] = set_config("retention.ms", "120000")
told["setBad"] = set_config("retention.ms", "soon")
told["afterSet"] = retention("120000")
told["deleted"] = set_config("retention.ms", None, AlterConfigOpType.DELETE)
told["afterDelete"] = retention("604800000")
told["broker"] = configs(ConfigResource(ConfigResource.Type.BROKER, "1"))
cluster = admin.describe_cluster().result(30)
told["cluster"] = {"nodes": len(cluster.nodes), "hasController": cluster.controller is not None}
described = settled(
    lambda told: len(told.partitions) == 5,
    lambda: admin.describe_topics(TopicCollection([NAME]))[NAME].result(30),
)
told["partitions"] = [
    {"leader": it.leader is not None, "replicas": len(it.replicas), "isr": len(it.isr)}
    for it in described.partitions
]
told["topicId"] = str(described.topic_id)
latest = admin.list_offsets({TopicPartition(NAME, 0): OffsetSpec.latest()})
told["latest"] = [future.result(30).offset for future in latest.values()]
told["removed"] = outcome(admin.delete_topics([NAME]))
told["removedAgain"] = outcome(admin.delete_topics([NAME]))
told["isGone"] = settled(
    lambda is_gone: is_gone, lambda: NAME not in admin.list_topics(timeout=30).topics
)
print(json.dumps(told))
