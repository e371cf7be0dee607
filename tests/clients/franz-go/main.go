// franz-go as an application would use it. Commands and output: tests/clients/README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var (
	servers  = os.Args[1]
	settings = os.Args[2]
	printing sync.Mutex
)

type line map[string]any

func say(one line) {
	printing.Lock()
	defer printing.Unlock()
	text, _ := json.Marshal(one)
	fmt.Println(string(text))
}

func must(err error) {
	if err != nil {
		say(line{"failed": err.Error(), "class": fmt.Sprintf("%T", err)})
		os.Exit(1)
	}
}

func client(more ...kgo.Opt) *kgo.Client {
	options := []kgo.Opt{kgo.SeedBrokers(servers)}
	if settings == "advised" {
		options = append(options, kgo.MaxBufferedRecords(1), kgo.ProducerLinger(0))
	}
	made, err := kgo.NewClient(append(options, more...)...)
	must(err)
	return made
}

func event(topic, key, writer string, order int) *kgo.Record {
	return &kgo.Record{Topic: topic, Key: []byte(key), Value: fmt.Appendf(nil, "%s-%d", writer, order),
		Headers: []kgo.RecordHeader{{Key: "order", Value: []byte(strconv.Itoa(order))},
			{Key: "id", Value: fmt.Appendf(nil, "%s-%d", writer, order)}}}
}

func report(writer string, order int, record *kgo.Record, err error) {
	if err == nil {
		say(line{"writer": writer, "order": order, "ok": true, "partition": record.Partition,
			"offset": record.Offset})
		return
	}
	code := -1
	var kafka *kerr.Error
	if errors.As(err, &kafka) {
		code = int(kafka.Code)
	}
	say(line{"writer": writer, "order": order, "ok": false, "code": code, "error": err.Error(),
		"class": fmt.Sprintf("%T", err)})
}

func appendAll(topic, key, writer string, orders []int) {
	producer := client()
	defer producer.Close()
	for _, order := range orders {
		record := event(topic, key, writer, order)
		report(writer, order, record, producer.ProduceSync(context.Background(), record).FirstErr())
	}
}

func burst(topic, key, writer string, orders []int) {
	producer := client()
	defer producer.Close()
	for _, order := range orders {
		producer.Produce(context.Background(), event(topic, key, writer, order),
			func(record *kgo.Record, err error) { report(writer, order, record, err) })
	}
	must(producer.Flush(context.Background()))
}

// place names the partition itself.
func place(topic, key string, partition, order int) {
	producer := client(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer producer.Close()
	record := event(topic, key, "a", order)
	record.Partition = int32(partition)
	report("a", order, record, producer.ProduceSync(context.Background(), record).FirstErr())
}

// twoWriters: both append the orders from `first` to `first`+`count`-1.
func twoWriters(write func(topic, key, writer string, orders []int), topic, key string, first, count int) {
	var both sync.WaitGroup
	for _, writer := range []string{"a", "b"} {
		both.Go(func() { write(topic, key, writer, numbered(first, count)) })
	}
	both.Wait()
}

func read(consumer *kgo.Client, count int) {
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	for seen := 0; seen < count; {
		fetches := consumer.PollFetches(ctx)
		must(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			seen++
			say(line{"partition": record.Partition, "offset": record.Offset, "key": string(record.Key),
				"value": string(record.Value)})
		})
	}
}

func group(topic, name string, count int) {
	consumer := client(kgo.ConsumeTopics(topic), kgo.ConsumerGroup(name),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	read(consumer, count)
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	began := time.Now()
	err := consumer.CommitUncommittedOffsets(ctx)
	consumer.LeaveGroup()
	say(commitLine(err, began))
	consumer.Close()
}

func commitLine(err error, began time.Time) line {
	seconds := time.Since(began).Seconds()
	if err != nil {
		return line{"commit": false, "error": err.Error(), "class": fmt.Sprintf("%T", err), "seconds": seconds}
	}
	return line{"commit": true, "seconds": seconds}
}

func transact(topic, id string, count int) {
	producer := client(kgo.TransactionalID(id))
	defer producer.Close()
	must(producer.BeginTransaction())
	for order := range count {
		record := event(topic, "t", "a", order)
		report("a", order, record, producer.ProduceSync(context.Background(), record).FirstErr())
	}
	must(producer.EndTransaction(context.Background(), kgo.TryCommit))
	say(line{"transaction": "committed"})
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	must(err)
	return value
}

func numbered(first, count int) []int {
	var orders []int
	for order := range count {
		orders = append(orders, first+order)
	}
	return orders
}

func first(words []string) int {
	if len(words) > 4 {
		return number(words[4])
	}
	return 0
}

func main() {
	words := os.Args[3:]
	switch words[0] {
	case "append":
		var orders []int
		for _, word := range words[3:] {
			orders = append(orders, number(word))
		}
		appendAll(words[1], words[2], "a", orders)
	case "place":
		place(words[1], words[2], number(words[3]), number(words[4]))
	case "race":
		twoWriters(appendAll, words[1], words[2], first(words), number(words[3]))
	case "burst":
		twoWriters(burst, words[1], words[2], first(words), number(words[3]))
	case "consume":
		consumer := client(kgo.ConsumeTopics(words[1]), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		defer consumer.Close()
		read(consumer, number(words[2]))
	case "group":
		group(words[1], words[2], number(words[3]))
	case "transact":
		transact(words[1], words[2], number(words[3]))
	}
}
