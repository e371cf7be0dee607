// sarama as an application would use it. Commands and output: tests/clients/README.md.
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

	"github.com/IBM/sarama"
)

var (
	servers  = []string{os.Args[1]}
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

func config() *sarama.Config {
	made := sarama.NewConfig()
	made.Producer.Return.Successes = true
	made.Consumer.Offsets.Initial = sarama.OffsetOldest
	if settings == "advised" {
		made.Producer.Flush.MaxMessages = 1
		made.Producer.Idempotent = true
		made.Producer.RequiredAcks = sarama.WaitForAll
		made.Net.MaxOpenRequests = 1
		made.Producer.Partitioner = sarama.NewMurmur2Partitioner
	}
	return made
}

func event(topic, key, writer string, order int) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(key),
		Value: sarama.StringEncoder(fmt.Sprintf("%s-%d", writer, order)),
		Headers: []sarama.RecordHeader{{Key: []byte("order"), Value: []byte(strconv.Itoa(order))},
			{Key: []byte("id"), Value: fmt.Appendf(nil, "%s-%d", writer, order)}},
		Metadata: order}
}

func report(writer string, message *sarama.ProducerMessage, err error) {
	order := message.Metadata
	if err == nil {
		say(line{"writer": writer, "order": order, "ok": true, "partition": message.Partition,
			"offset": message.Offset})
		return
	}
	code := -1
	var kafka sarama.KError
	if errors.As(err, &kafka) {
		code = int(kafka)
	}
	say(line{"writer": writer, "order": order, "ok": false, "code": code, "error": err.Error(),
		"class": fmt.Sprintf("%T", err)})
}

func appendAll(topic, key, writer string, orders []int) {
	producer, err := sarama.NewSyncProducer(servers, config())
	must(err)
	defer producer.Close()
	for _, order := range orders {
		message := event(topic, key, writer, order)
		_, _, err := producer.SendMessage(message)
		report(writer, message, err)
	}
}

func burst(topic, key, writer string, orders []int) {
	producer, err := sarama.NewAsyncProducer(servers, config())
	must(err)
	for _, order := range orders {
		producer.Input() <- event(topic, key, writer, order)
	}
	for range orders {
		select {
		case message := <-producer.Successes():
			report(writer, message, nil)
		case failure := <-producer.Errors():
			report(writer, failure.Msg, failure.Err)
		}
	}
	must(producer.Close())
}

// place names the partition itself.
func place(topic, key string, partition, order int) {
	with := config()
	with.Producer.Partitioner = sarama.NewManualPartitioner
	producer, err := sarama.NewSyncProducer(servers, with)
	must(err)
	defer producer.Close()
	message := event(topic, key, "a", order)
	message.Partition = int32(partition)
	_, _, err = producer.SendMessage(message)
	report("a", message, err)
}

// twoWriters: both append the orders from `first` to `first`+`count`-1.
func twoWriters(write func(topic, key, writer string, orders []int), topic, key string, first, count int) {
	var both sync.WaitGroup
	for _, writer := range []string{"a", "b"} {
		both.Go(func() { write(topic, key, writer, numbered(first, count)) })
	}
	both.Wait()
}

func show(message *sarama.ConsumerMessage) {
	say(line{"partition": message.Partition, "offset": message.Offset, "key": string(message.Key),
		"value": string(message.Value)})
}

func consume(topic string, count int) {
	consumer, err := sarama.NewConsumer(servers, config())
	must(err)
	partitions, err := consumer.Partitions(topic)
	must(err)
	messages := make(chan *sarama.ConsumerMessage)
	for _, partition := range partitions {
		part, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		must(err)
		go func() {
			for message := range part.Messages() {
				messages <- message
			}
		}()
	}
	for range count {
		show(<-messages)
	}
}

type member struct {
	count    int
	finished context.CancelFunc
}

func (member) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (one *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		show(message)
		session.MarkMessage(message, "")
		if one.count--; one.count == 0 {
			one.finished()
		}
	}
	return nil
}

func group(topic, name string, count int) {
	with := config()
	with.Consumer.Return.Errors = true
	consumer, err := sarama.NewConsumerGroup(servers, name, with)
	must(err)
	committed := true
	watched := make(chan bool)
	go func() {
		for err := range consumer.Errors() {
			committed = false
			say(line{"commit": false, "error": err.Error(), "class": fmt.Sprintf("%T", err)})
		}
		close(watched)
	}()
	ctx, finished := context.WithTimeout(context.Background(), 30*time.Second)
	one := &member{count, finished}
	for ctx.Err() == nil {
		must(consumer.Consume(ctx, []string{topic}, one))
	}
	must(consumer.Close())
	<-watched
	if committed {
		say(line{"commit": true})
	}
}

func transact(topic, id string, count int) {
	with := config()
	with.Producer.Idempotent = true
	with.Producer.RequiredAcks = sarama.WaitForAll
	with.Net.MaxOpenRequests = 1
	with.Producer.Transaction.ID = id
	producer, err := sarama.NewSyncProducer(servers, with)
	must(err)
	defer producer.Close()
	must(producer.BeginTxn())
	for order := range count {
		message := event(topic, "t", "a", order)
		_, _, err := producer.SendMessage(message)
		report("a", message, err)
	}
	must(producer.CommitTxn())
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
		consume(words[1], number(words[2]))
	case "group":
		group(words[1], words[2], number(words[3]))
	case "transact":
		transact(words[1], words[2], number(words[3]))
	}
}
