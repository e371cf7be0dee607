//! rdkafka (Rust, librdkafka inside) as an application would use it. Commands and output:
//! tests/clients/README.md.

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use serde_json::json;
use std::env;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

const ADVISED: [(&str, &str); 4] = [
    ("batch.num.messages", "1"),
    ("linger.ms", "0"),
    ("enable.idempotence", "true"),
    ("partitioner", "murmur2_random"),
];
const WAIT: Duration = Duration::from_secs(60);

fn word(index: usize) -> String {
    env::args().nth(index).unwrap_or_default()
}

/// The words behind the command.
fn words() -> Vec<String> {
    env::args().skip(4).collect()
}

fn number(text: &str) -> i32 {
    text.parse().expect("a number")
}

fn config() -> ClientConfig {
    let mut made = ClientConfig::new();
    made.set("bootstrap.servers", word(1));
    made
}

struct Reporter {
    writer: String,
}

impl ClientContext for Reporter {}

impl ProducerContext for Reporter {
    type DeliveryOpaque = Box<i32>;

    fn delivery(&self, result: &DeliveryResult<'_>, order: Self::DeliveryOpaque) {
        let line = match result {
            Ok(done) => json!({"writer": self.writer, "order": *order, "ok": true,
                "partition": done.partition(), "offset": done.offset()}),
            Err((failure, _)) => json!({"writer": self.writer, "order": *order, "ok": false,
                "code": failure.rdkafka_error_code().map_or(-1, |code| code as i32),
                "error": failure.to_string(), "class": class_of(failure)}),
        };
        println!("{line}");
    }
}

fn class_of(failure: &KafkaError) -> String {
    format!("{failure:?}")
}

fn producer(writer: &str, more: &[(&str, &str)]) -> BaseProducer<Reporter> {
    let mut with = config();
    if word(2) == "advised" {
        with.extend(ADVISED.map(|(name, value)| (name.to_string(), value.to_string())));
    }
    with.extend(more.iter().map(|(name, value)| (name.to_string(), value.to_string())));
    let context = Reporter { writer: writer.to_string() };
    with.create_with_context(context).expect("a producer")
}

fn send(producer: &BaseProducer<Reporter>, topic: &str, key: &str, order: i32, partition: Option<i32>) {
    let value = format!("{}-{order}", producer.context().writer);
    let number = order.to_string();
    let headers = OwnedHeaders::new()
        .insert(Header { key: "order", value: Some(&number) })
        .insert(Header { key: "id", value: Some(&value) });
    let mut record = BaseRecord::with_opaque_to(topic, Box::new(order)).key(key).payload(&value).headers(headers);
    record.partition = partition;
    if let Err((failure, _)) = producer.send(record) {
        println!("{}", json!({"writer": producer.context().writer, "order": order, "ok": false,
            "error": failure.to_string(), "at": "send"}));
    }
}

fn append(topic: &str, key: &str, writer: &str, orders: &[i32]) {
    let producer = producer(writer, &[]);
    for &order in orders {
        send(&producer, topic, key, order, None);
        producer.flush(WAIT).expect("an answer");
    }
}

fn burst(topic: &str, key: &str, writer: &str, orders: &[i32]) {
    let producer = producer(writer, &[]);
    for &order in orders {
        send(&producer, topic, key, order, None);
    }
    producer.flush(WAIT).expect("answers");
}

fn two_writers(write: fn(&str, &str, &str, &[i32]), words: &[String]) {
    let first = words.get(3).map_or(0, |text| number(text));
    let orders: Vec<i32> = (first..first + number(&words[2])).collect();
    thread::scope(|scope| {
        for writer in ["a", "b"] {
            let orders = &orders;
            scope.spawn(move || write(&words[0], &words[1], writer, orders));
        }
    });
}

fn read(topic: &str, group: &str, count: i32, commits: bool) {
    let mut with = config();
    with.set("group.id", group).set("auto.offset.reset", "earliest");
    if !commits {
        with.set("enable.auto.commit", "false");
    }
    let consumer: BaseConsumer = with.create().expect("a consumer");
    consumer.subscribe(&[topic]).expect("a subscription");
    let (mut seen, began) = (0, Instant::now());
    while seen < count && began.elapsed() < Duration::from_secs(30) {
        match consumer.poll(Duration::from_secs(1)) {
            Some(Ok(one)) => {
                seen += 1;
                println!("{}", json!({"partition": one.partition(), "offset": one.offset(),
                    "key": String::from_utf8_lossy(one.key().unwrap_or_default()),
                    "value": String::from_utf8_lossy(one.payload().unwrap_or_default())}));
            }
            Some(Err(failure)) => println!("{}", json!({"poll": failure.to_string()})),
            None => {}
        }
    }
    if commits {
        match consumer.commit_consumer_state(CommitMode::Sync) {
            Ok(()) => println!("{}", json!({"commit": true})),
            Err(failure) => println!("{}", json!({"commit": false, "error": failure.to_string(), "class": class_of(&failure)})),
        }
    }
}

fn transact(topic: &str, id: &str, count: i32) -> Result<(), KafkaError> {
    let producer = producer("a", &[("transactional.id", id)]);
    producer.init_transactions(WAIT)?;
    producer.begin_transaction()?;
    for order in 0..count {
        send(&producer, topic, "t", order, None);
    }
    producer.flush(WAIT)?;
    producer.commit_transaction(WAIT)
}

fn main() {
    let words = words();
    match word(3).as_str() {
        "append" => {
            let orders: Vec<i32> = words[2..].iter().map(|text| number(text)).collect();
            append(&words[0], &words[1], "a", &orders);
        }
        "place" => {
            let producer = producer("a", &[]);
            send(&producer, &words[0], &words[1], number(&words[3]), Some(number(&words[2])));
            producer.flush(WAIT).expect("an answer");
        }
        "race" => two_writers(append, &words),
        "burst" => two_writers(burst, &words),
        "consume" => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_nanos();
            read(&words[0], &format!("consume-{now}"), number(&words[1]), false);
        }
        "group" => read(&words[0], &words[1], number(&words[2]), true),
        "transact" => match transact(&words[0], &words[1], number(&words[2])) {
            Ok(()) => println!("{}", json!({"transaction": "committed"})),
            Err(failure) => println!("{}", json!({"failed": failure.to_string(), "class": class_of(&failure)})),
        },
        other => panic!("no command {other}"),
    }
}
