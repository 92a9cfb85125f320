// segmentio/kafka-go: produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] |
// admin BOOTSTRAP TOPIC |
// group BOOTSTRAP TOPIC GROUP | follow BOOTSTRAP TOPIC. It has no idempotent producer.
package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"

	"ottla/compat/lines"
)

const burst = 20

var (
	words  = lines.ReadWords()
	ctx    = context.Background()
	asking = client()
	codecs = map[string]kafka.Compression{
		"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
	}
)

func main() {
	map[string]func(){
		"produce": produce, "consume": consume, "admin": admin, "group": group,
		"follow": followAll,
	}[words.Verb]()
	lines.Flush()
}

// toPartition reads where a message goes from what travels beside it.
type toPartition struct{}

func (toPartition) Balance(message kafka.Message, _ ...int) int {
	return message.WriterData.(int)
}

func produce() {
	writer := &kafka.Writer{
		Addr: kafka.TCP(words.Bootstrap...), Topic: words.Topic, Balancer: toPartition{},
		RequiredAcks: kafka.RequireAll, Compression: codecs[words.Option], BatchBytes: 1_048_500,
		BatchTimeout: 5 * time.Millisecond, MaxAttempts: 40,
	}
	var messages []kafka.Message
	count := 0
	send := func() {
		lines.Must(writer.WriteMessages(ctx, messages...))
		count += len(messages)
		messages = nil
	}
	lines.Each(func(line lines.Record) {
		message := kafka.Message{
			Key: line.Key, Value: line.Value, Time: line.Time(), WriterData: int(line.Partition),
		}
		for _, header := range line.Headers {
			message.Headers = append(message.Headers, kafka.Header{Key: header.Name, Value: header.Value})
		}
		messages = append(messages, message)
		if len(messages) == burst {
			send()
		}
	})
	send()
	lines.Must(writer.Close())
	lines.Say(map[string]int{"count": count})
}

func consume() {
	fromMs, isSeeking := words.FromMs()
	for _, partition := range metadata() {
		asked := []kafka.OffsetRequest{kafka.FirstOffsetOf(partition.ID), kafka.LastOffsetOf(partition.ID)}
		if isSeeking {
			asked = append(asked, kafka.TimeOffsetOf(partition.ID, time.UnixMilli(fromMs)))
		}
		listed, err := asking.ListOffsets(ctx, &kafka.ListOffsetsRequest{
			Topics: map[string][]kafka.OffsetRequest{words.Topic: asked},
		})
		lines.Must(err)
		found := listed.Topics[words.Topic][0]
		lines.Must(found.Error)
		start := found.FirstOffset
		if isSeeking {
			start = found.LastOffset
			for offset := range found.Offsets {
				start = offset
			}
		}
		if start >= 0 && start < found.LastOffset {
			read(partition.ID, start, found.LastOffset)
		}
	}
}

// client asks over connections of its own; what it knows of topics is up to six seconds old.
func client() *kafka.Client {
	transport := &kafka.Transport{}
	return &kafka.Client{
		Addr: kafka.TCP(words.Bootstrap...), Timeout: 20 * time.Second, Transport: transport,
	}
}

func metadata() []kafka.Partition {
	answer, err := client().Metadata(ctx, &kafka.MetadataRequest{Topics: []string{words.Topic}})
	lines.Must(err)
	lines.Must(answer.Topics[0].Error)
	return answer.Topics[0].Partitions
}

func read(partition int, start, end int64) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: words.Bootstrap, Topic: words.Topic, Partition: partition,
		MaxBytes: 4_000_000, MaxWait: 200 * time.Millisecond, IsolationLevel: kafka.ReadCommitted,
	})
	lines.Must(reader.SetOffset(start))
	for {
		message, err := reader.ReadMessage(ctx)
		lines.Must(err)
		headers := []lines.Header{}
		for _, header := range message.Headers {
			headers = append(headers, lines.Header{Name: header.Key, Value: header.Value})
		}
		lines.Say(lines.Record{
			Partition: int32(partition), Offset: message.Offset, Key: message.Key, Value: message.Value,
			Headers: headers, Timestamp: message.Time.UnixMilli(),
		})
		if message.Offset+1 >= end {
			break
		}
	}
	lines.Must(reader.Close())
}

func admin() {
	create := func() int {
		created, err := asking.CreateTopics(ctx, &kafka.CreateTopicsRequest{
			Topics: []kafka.TopicConfig{{
				Topic: words.Topic, NumPartitions: 2, ReplicationFactor: 3,
				ConfigEntries: []kafka.ConfigEntry{{ConfigName: "retention.ms", ConfigValue: "60000"}},
			}},
		})
		lines.Must(err)
		return outcome(created.Errors[words.Topic])
	}
	retention := func() string {
		described, err := asking.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{
			Resources: []kafka.DescribeConfigRequestResource{
				{ResourceType: kafka.ResourceTypeTopic, ResourceName: words.Topic},
			},
		})
		lines.Must(err)
		if err := described.Resources[0].Error; err != nil {
			return err.Error()
		}
		for _, entry := range described.Resources[0].ConfigEntries {
			if entry.ConfigName == "retention.ms" {
				return entry.ConfigValue
			}
		}
		return ""
	}
	set := func(value string) int {
		altered, err := asking.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
			Resources: []kafka.IncrementalAlterConfigsRequestResource{{
				ResourceType: kafka.ResourceTypeTopic, ResourceName: words.Topic,
				Configs: []kafka.IncrementalAlterConfigsRequestConfig{
					{Name: "retention.ms", Value: value, ConfigOperation: kafka.ConfigOperationSet},
				},
			}},
		})
		lines.Must(err)
		return outcome(altered.Resources[0].Error)
	}
	remove := func() int {
		removed, err := asking.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{words.Topic}})
		lines.Must(err)
		return outcome(removed.Errors[words.Topic])
	}
	told := map[string]any{"created": create()}
	told["createdAgain"] = create()
	grown, err := asking.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{
		Topics: []kafka.TopicPartitionsConfig{{Name: words.Topic, Count: 5}},
	})
	lines.Must(err)
	told["grown"] = outcome(grown.Errors[words.Topic])
	told["retention"] = lines.Settled("60000", retention)
	told["set"] = set("120000")
	told["setBad"] = set("soon")
	told["afterSet"] = lines.Settled("120000", retention)
	told["partitions"] = lines.Settled(5, func() int {
		answer, err := client().Metadata(ctx, &kafka.MetadataRequest{Topics: []string{words.Topic}})
		lines.Must(err)
		return len(answer.Topics[0].Partitions)
	})
	told["listed"] = lines.Settled(true, isListed)
	told["removed"] = remove()
	told["removedAgain"] = remove()
	lines.Say(told)
}

func isListed() bool {
	answer, err := client().Metadata(ctx, &kafka.MetadataRequest{})
	lines.Must(err)
	return slices.ContainsFunc(answer.Topics, func(topic kafka.Topic) bool {
		return topic.Name == words.Topic
	})
}

// outcome is the protocol's number of an error, or 0.
func outcome(err error) int {
	if err == nil {
		return 0
	}
	var known kafka.Error
	if !errors.As(err, &known) {
		lines.Must(err)
	}
	return int(known)
}
