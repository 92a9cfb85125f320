// sarama: produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] | admin BOOTSTRAP TOPIC |
// group BOOTSTRAP TOPIC GROUP | follow BOOTSTRAP TOPIC.
package main

import (
	"errors"
	"sync"

	"github.com/IBM/sarama"

	"ottla/compat/lines"
)

var (
	words  = lines.ReadWords()
	codecs = map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP,
		"snappy": sarama.CompressionSnappy, "lz4": sarama.CompressionLZ4,
		"zstd": sarama.CompressionZSTD,
	}
)

func main() {
	map[string]func(){
		"produce": produce, "consume": consume, "admin": admin, "group": group,
		"follow": follow,
	}[words.Verb]()
	lines.Flush()
}

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V4_1_0_0
	config.Consumer.Fetch.Default = 4_000_000
	config.Consumer.Return.Errors = true
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	return config
}

func client(config *sarama.Config) sarama.Client {
	made, err := sarama.NewClient(words.Bootstrap, config)
	lines.Must(err)
	return made
}

func produce() {
	config := settings()
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Retry.Max = 60
	config.Producer.MaxMessageBytes = 1_048_500
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Compression = codecs[words.Option]
	config.Producer.Return.Successes = true
	producer, err := sarama.NewAsyncProducer(words.Bootstrap, config)
	lines.Must(err)
	// What is being sent again is refused once the producer closes: all must be taken before.
	var sent sync.WaitGroup
	go func() {
		for range producer.Successes() {
			sent.Done()
		}
	}()
	go func() {
		for failed := range producer.Errors() {
			lines.Must(failed)
		}
	}()
	count := 0
	lines.Each(func(line lines.Record) {
		count++
		sent.Add(1)
		message := &sarama.ProducerMessage{
			Topic: words.Topic, Partition: line.Partition, Timestamp: line.Time(),
			Key: encoder(line.Key), Value: encoder(line.Value),
		}
		for _, header := range line.Headers {
			message.Headers = append(message.Headers,
				sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value})
		}
		producer.Input() <- message
	})
	sent.Wait()
	lines.Must(producer.Close())
	lines.Say(map[string]int{"count": count})
}

// encoder keeps null apart from empty: an encoder of nothing is no nil encoder.
func encoder(data []byte) sarama.Encoder {
	if data == nil {
		return nil
	}
	return sarama.ByteEncoder(data)
}

func consume() {
	asking := client(settings())
	consumer, err := sarama.NewConsumerFromClient(asking)
	lines.Must(err)
	var reading sync.WaitGroup
	partitions, err := asking.Partitions(words.Topic)
	lines.Must(err)
	fromMs, isSeeking := words.FromMs()
	for _, partition := range partitions {
		end, err := asking.GetOffset(words.Topic, partition, sarama.OffsetNewest)
		lines.Must(err)
		at := sarama.OffsetOldest
		if isSeeking {
			at = fromMs
		}
		start, err := asking.GetOffset(words.Topic, partition, at)
		lines.Must(err)
		if start >= 0 && start < end {
			reading.Add(1)
			go func() {
				read(consumer, partition, start, end)
				reading.Done()
			}()
		}
	}
	reading.Wait()
	lines.Must(consumer.Close())
}

func read(consumer sarama.Consumer, partition int32, start, end int64) {
	messages, err := consumer.ConsumePartition(words.Topic, partition, start)
	lines.Must(err)
	go func() {
		for failed := range messages.Errors() {
			lines.Must(failed)
		}
	}()
	for message := range messages.Messages() {
		headers := []lines.Header{}
		for _, header := range message.Headers {
			headers = append(headers, lines.Header{Name: string(header.Key), Value: header.Value})
		}
		lines.Say(lines.Record{
			Partition: partition, Offset: message.Offset, Key: message.Key, Value: message.Value,
			Headers: headers, Timestamp: message.Timestamp.UnixMilli(),
		})
		if message.Offset+1 >= end {
			break
		}
	}
	lines.Must(messages.Close())
}

func admin() {
	asking, err := sarama.NewClusterAdmin(words.Bootstrap, settings())
	lines.Must(err)
	sixty := "60000"
	detail := &sarama.TopicDetail{
		NumPartitions: 2, ReplicationFactor: 3,
		ConfigEntries: map[string]*string{"retention.ms": &sixty},
	}
	retention := func() string {
		resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: words.Topic}
		entries, err := asking.DescribeConfig(resource)
		if err != nil {
			return err.Error()
		}
		for _, entry := range entries {
			if entry.Name == "retention.ms" {
				return entry.Value
			}
		}
		return ""
	}
	set := func(value string) int16 {
		change := map[string]sarama.IncrementalAlterConfigsEntry{
			"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value},
		}
		return outcome(asking.IncrementalAlterConfig(sarama.TopicResource, words.Topic, change, false))
	}
	told := map[string]any{"created": outcome(asking.CreateTopic(words.Topic, detail, false))}
	told["createdAgain"] = outcome(asking.CreateTopic(words.Topic, detail, false))
	told["grown"] = outcome(asking.CreatePartitions(words.Topic, 5, nil, false))
	told["retention"] = lines.Settled("60000", retention)
	told["set"] = set("120000")
	told["setBad"] = set("soon")
	told["afterSet"] = lines.Settled("120000", retention)
	told["partitions"] = lines.Settled(5, func() int32 {
		listed, err := asking.ListTopics()
		lines.Must(err)
		found, has := listed[words.Topic]
		told["listed"] = has
		return found.NumPartitions
	})
	told["removed"] = outcome(asking.DeleteTopic(words.Topic))
	told["removedAgain"] = outcome(asking.DeleteTopic(words.Topic))
	lines.Must(asking.Close())
	lines.Say(told)
}

// outcome is the protocol's number of an error, or 0.
func outcome(err error) int16 {
	if err == nil {
		return 0
	}
	var topic *sarama.TopicError
	if errors.As(err, &topic) {
		return int16(topic.Err)
	}
	var partition *sarama.TopicPartitionError
	if errors.As(err, &partition) {
		return int16(partition.Err)
	}
	var known sarama.KError
	if !errors.As(err, &known) {
		lines.Must(err)
	}
	return int16(known)
}
