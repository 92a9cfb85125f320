package main

import (
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ottla/compat/lines"
)

// follow reads by assignment until the standard input ends; a lost position is no new begin.
func follow() {
	asking := kadm.NewClient(client())
	listed, err := asking.ListTopics(ctx, words.Topic)
	lines.Must(err)
	asking.Close()
	from := map[int32]kgo.Offset{}
	for partition := range listed[words.Topic].Partitions {
		from[partition] = kgo.NewOffset().AtStart()
	}
	consumer := client(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{words.Topic: from}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxWait(500*time.Millisecond),
	)
	over := lines.UntilInputEnds()
	for over.Err() == nil {
		fetches := consumer.PollFetches(over)
		fetches.EachError(func(_ string, _ int32, err error) {
			if over.Err() == nil {
				lines.Tell("failed", err.Error())
			}
		})
		fetches.EachRecord(func(record *kgo.Record) {
			lines.Tell("read", []any{record.Partition, record.Offset, string(record.Value)})
		})
	}
	consumer.Close()
}
