// kafka-go (segmentio) as an application would use it. Commands and output: tests/clients/README.md.
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

	"github.com/segmentio/kafka-go"
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

// writer has the settings that a Writer{} has; "acks" only asks for answers, "advised" is what the
// README advises.
func writer(topic string) *kafka.Writer {
	made := &kafka.Writer{Addr: kafka.TCP(servers), Topic: topic}
	if settings != "default" {
		made.RequiredAcks = kafka.RequireAll
	}
	if settings == "advised" {
		made.Balancer = kafka.Murmur2Balancer{}
		made.BatchSize = 1
	}
	return made
}

func event(key, name string, order int) kafka.Message {
	return kafka.Message{Key: []byte(key), Value: fmt.Appendf(nil, "%s-%d", name, order),
		Headers: []kafka.Header{{Key: "order", Value: []byte(strconv.Itoa(order))},
			{Key: "id", Value: fmt.Appendf(nil, "%s-%d", name, order)}}}
}

// report tells no place: a Writer tells it to no application.
func report(name string, order int, err error) {
	if err == nil {
		say(line{"writer": name, "order": order, "ok": true})
		return
	}
	code := -1
	var each kafka.WriteErrors
	if errors.As(err, &each) && len(each) == 1 {
		err = each[0]
	}
	var answer kafka.Error
	if errors.As(err, &answer) {
		code = int(answer)
	}
	say(line{"writer": name, "order": order, "ok": false, "code": code, "error": err.Error(),
		"class": fmt.Sprintf("%T", err)})
}

func appendAll(topic, key, name string, orders []int) {
	producer := writer(topic)
	defer producer.Close()
	for _, order := range orders {
		report(name, order, producer.WriteMessages(context.Background(), event(key, name, order)))
	}
}

func burst(topic, key, name string, orders []int) {
	producer := writer(topic)
	defer producer.Close()
	var events []kafka.Message
	for _, order := range orders {
		events = append(events, event(key, name, order))
	}
	err := producer.WriteMessages(context.Background(), events...)
	var each kafka.WriteErrors
	isEach := errors.As(err, &each)
	for index, order := range orders {
		if isEach {
			report(name, order, each[index])
		} else {
			report(name, order, err)
		}
	}
}

type named int

func (partition named) Balance(kafka.Message, ...int) int { return int(partition) }

func place(topic, key string, partition, order int) {
	producer := writer(topic)
	producer.Balancer = named(partition)
	defer producer.Close()
	report("a", order, producer.WriteMessages(context.Background(), event(key, "a", order)))
}

// twoWriters: both append the orders from `first` to `first`+`count`-1.
func twoWriters(write func(topic, key, name string, orders []int), topic, key string, first, count int) {
	var both sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		both.Go(func() { write(topic, key, name, numbered(first, count)) })
	}
	both.Wait()
}

func show(message kafka.Message) {
	say(line{"partition": message.Partition, "offset": message.Offset, "key": string(message.Key),
		"value": string(message.Value)})
}

func consume(topic string, count int) {
	conn, err := kafka.Dial("tcp", servers)
	must(err)
	partitions, err := conn.ReadPartitions(topic)
	must(err)
	messages := make(chan kafka.Message)
	for _, partition := range partitions {
		reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{servers}, Topic: topic,
			Partition: partition.ID, MaxWait: 200 * time.Millisecond})
		go func() {
			for {
				message, err := reader.ReadMessage(context.Background())
				must(err)
				messages <- message
			}
		}()
	}
	for range count {
		show(<-messages)
	}
}

// group reads as applications do: ReadMessage commits each one.
func group(topic, name string, count int) {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{servers}, Topic: topic, GroupID: name,
		StartOffset: kafka.FirstOffset, MaxWait: 200 * time.Millisecond})
	for range count {
		began := time.Now()
		message, err := reader.ReadMessage(context.Background())
		if err != nil {
			say(line{"commit": false, "error": err.Error(), "class": fmt.Sprintf("%T", err),
				"seconds": time.Since(began).Seconds()})
			return
		}
		show(message)
	}
	say(line{"commit": true})
	reader.Close()
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
	default:
		say(line{"failed": "kafka-go has no " + words[0]})
	}
}
