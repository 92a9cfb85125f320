// franz-go: produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] | admin BOOTSTRAP TOPIC |
// group BOOTSTRAP TOPIC GROUP [STRATEGY [INSTANCE]] | follow BOOTSTRAP TOPIC.
package main

import (
	"context"
	"errors"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ottla/compat/lines"
)

var (
	words  = lines.ReadWords()
	ctx    = context.Background()
	sizes  = []kgo.Opt{kgo.ProducerBatchMaxBytes(1_048_588), kgo.FetchMaxPartitionBytes(4_000_000)}
	codecs = map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
)

func main() {
	map[string]func(){
		"produce": produce, "consume": consume, "admin": admin, "group": group,
		"follow": follow,
	}[words.Verb]()
	lines.Flush()
}

func client(options ...kgo.Opt) *kgo.Client {
	options = append(options, kgo.SeedBrokers(words.Bootstrap...))
	made, err := kgo.NewClient(append(options, sizes...)...)
	lines.Must(err)
	return made
}

// Idempotent, as this client is unless told otherwise.
func produce() {
	producer := client(
		kgo.ProducerBatchCompression(codecs[words.Option]),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)
	defer producer.Close()
	var sent sync.WaitGroup
	count := 0
	lines.Each(func(line lines.Record) {
		record := &kgo.Record{
			Topic: words.Topic, Partition: line.Partition, Timestamp: line.Time(),
			Key: line.Key, Value: line.Value,
		}
		for _, header := range line.Headers {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: header.Name, Value: header.Value})
		}
		sent.Add(1)
		count++
		producer.Produce(ctx, record, func(_ *kgo.Record, err error) {
			lines.Must(err)
			sent.Done()
		})
	})
	sent.Wait()
	lines.Say(map[string]int{"count": count})
}

func consume() {
	asking := kadm.NewClient(client())
	defer asking.Close()
	ends, err := asking.ListEndOffsets(ctx, words.Topic)
	lines.Must(err)
	starts := offsets(asking)
	from := map[int32]kgo.Offset{}
	left := map[int32]int64{}
	ends.Each(func(end kadm.ListedOffset) {
		lines.Must(end.Err)
		start, found := starts.Lookup(words.Topic, end.Partition)
		if found && start.Offset >= 0 && start.Offset < end.Offset {
			from[end.Partition] = kgo.NewOffset().At(start.Offset)
			left[end.Partition] = end.Offset
		}
	})
	consumer := client(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{words.Topic: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	)
	defer consumer.Close()
	for len(left) > 0 {
		fetches := consumer.PollFetches(ctx)
		lines.Must(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			say(record)
			if record.Offset+1 >= left[record.Partition] {
				delete(left, record.Partition)
			}
		})
	}
}

func offsets(asking *kadm.Client) kadm.ListedOffsets {
	fromMs, isSeeking := words.FromMs()
	if !isSeeking {
		starts, err := asking.ListStartOffsets(ctx, words.Topic)
		lines.Must(err)
		return starts
	}
	found, err := asking.ListOffsetsAfterMilli(ctx, fromMs, words.Topic)
	lines.Must(err)
	return found
}

func say(record *kgo.Record) {
	headers := []lines.Header{}
	for _, header := range record.Headers {
		headers = append(headers, lines.Header{Name: header.Key, Value: header.Value})
	}
	lines.Say(lines.Record{
		Partition: record.Partition, Offset: record.Offset, Key: record.Key, Value: record.Value,
		Headers: headers, Timestamp: record.Timestamp.UnixMilli(),
	})
}

func admin() {
	asking := kadm.NewClient(client())
	defer asking.Close()
	sixty := "60000"
	create := func() int16 {
		created, err := asking.CreateTopic(ctx, 2, 3, map[string]*string{"retention.ms": &sixty}, words.Topic)
		if err == nil {
			err = created.Err
		}
		return outcome(err)
	}
	retention := func() string {
		described, err := asking.DescribeTopicConfigs(ctx, words.Topic)
		lines.Must(err)
		if err := described[0].Err; err != nil {
			return err.Error()
		}
		for _, config := range described[0].Configs {
			if config.Key == "retention.ms" {
				return config.MaybeValue()
			}
		}
		return ""
	}
	set := func(value string) int16 {
		change := kadm.AlterConfig{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}
		altered, err := asking.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, words.Topic)
		lines.Must(err)
		return outcome(altered[0].Err)
	}
	remove := func() int16 {
		removed, err := asking.DeleteTopic(ctx, words.Topic)
		if err == nil {
			err = removed.Err
		}
		return outcome(err)
	}
	told := map[string]any{"created": create()}
	told["createdAgain"] = create()
	grown, err := asking.UpdatePartitions(ctx, 5, words.Topic)
	lines.Must(err)
	told["grown"] = outcome(grown[words.Topic].Err)
	told["retention"] = lines.Settled("60000", retention)
	told["set"] = set("120000")
	told["setBad"] = set("soon")
	told["afterSet"] = lines.Settled("120000", retention)
	told["partitions"] = lines.Settled(5, func() int {
		listed, err := asking.ListTopics(ctx)
		lines.Must(err)
		told["listed"] = listed.Has(words.Topic)
		return len(listed[words.Topic].Partitions)
	})
	told["removed"] = remove()
	told["removedAgain"] = remove()
	lines.Say(told)
}

// outcome is the protocol's number of an error, or 0.
func outcome(err error) int16 {
	var known *kerr.Error
	if err != nil && !errors.As(err, &known) {
		lines.Must(err)
	}
	if known == nil {
		return 0
	}
	return known.Code
}
