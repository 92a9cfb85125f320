package main

import (
	"github.com/IBM/sarama"

	"ottla/compat/lines"
)

// follow reads by assignment until the standard input ends; a lost position is no new begin.
func follow() {
	asking := client(settings())
	consumer, err := sarama.NewConsumerFromClient(asking)
	lines.Must(err)
	partitions, err := asking.Partitions(words.Topic)
	lines.Must(err)
	for _, partition := range partitions {
		messages, err := consumer.ConsumePartition(words.Topic, partition, sarama.OffsetOldest)
		lines.Must(err)
		// The leader that is gone is told of here, and looked for anew.
		go func() {
			for failed := range messages.Errors() {
				lines.Tell("failed", failed.Error())
			}
		}()
		go func() {
			for message := range messages.Messages() {
				lines.Tell("read", []any{message.Partition, message.Offset, string(message.Value)})
			}
		}()
	}
	<-lines.UntilInputEnds().Done()
}
