import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka's own Java client as an application would use it; for 2.8 and 4.x alike. Commands and
 * output: tests/clients/README.md.
 */
public final class Program {
    private static String servers;
    private static boolean advised;

    public static void main(String[] words) throws Exception {
        servers = words[0];
        advised = words[1].equals("advised");
        String[] rest = Arrays.copyOfRange(words, 3, words.length);
        switch (words[2]) {
            case "append" -> {
                List<Integer> orders = new ArrayList<>();
                for (int i = 2; i < rest.length; i++) {
                    orders.add(Integer.valueOf(rest[i]));
                }
                append(rest[0], rest[1], "a", orders);
            }
            case "place" -> place(rest[0], rest[1], Integer.parseInt(rest[2]), Integer.parseInt(rest[3]));
            case "race" -> twoWriters(Program::append, rest);
            case "burst" -> twoWriters(Program::burst, rest);
            case "consume" -> consume(rest[0], "consume-" + System.nanoTime(), Integer.parseInt(rest[1]), false);
            case "group" -> consume(rest[0], rest[1], Integer.parseInt(rest[2]), true);
            case "transact" -> transact(rest[0], rest[1], Integer.parseInt(rest[2]));
            default -> throw new IllegalArgumentException(words[2]);
        }
    }

    private interface Writing {
        void write(String topic, String key, String writer, List<Integer> orders) throws Exception;
    }

    private static void twoWriters(Writing writing, String[] words) throws Exception {
        List<Integer> orders = new ArrayList<>();
        int first = words.length > 3 ? Integer.parseInt(words[3]) : 0;
        for (int order = 0; order < Integer.parseInt(words[2]); order++) {
            orders.add(first + order);
        }
        List<Thread> threads = new ArrayList<>();
        for (String writer : List.of("a", "b")) {
            threads.add(new Thread(() -> {
                try {
                    writing.write(words[0], words[1], writer, orders);
                } catch (Exception failed) {
                    say("{\"failed\":%s}", quoted(failed));
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static KafkaProducer<String, String> producer(String... more) {
        Properties config = new Properties();
        config.put("bootstrap.servers", servers);
        if (advised) {
            config.put("batch.size", "0");
            config.put("linger.ms", "0");
            config.put("enable.idempotence", "true");
        }
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static ProducerRecord<String, String> event(
            String topic, Integer partition, String key, String writer, int order) {
        ProducerRecord<String, String> made = new ProducerRecord<>(topic, partition, key, writer + "-" + order);
        made.headers().add("order", Integer.toString(order).getBytes(StandardCharsets.UTF_8));
        made.headers().add("id", (writer + "-" + order).getBytes(StandardCharsets.UTF_8));
        return made;
    }

    private static void report(String writer, int order, Future<RecordMetadata> answer) throws Exception {
        try {
            RecordMetadata done = answer.get();
            say("{\"writer\":\"%s\",\"order\":%d,\"ok\":true,\"partition\":%d,\"offset\":%d}",
                    writer, order, done.partition(), done.offset());
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            int code = cause instanceof ApiException ? Errors.forException(cause).code() : -1;
            say("{\"writer\":\"%s\",\"order\":%d,\"ok\":false,\"code\":%d,\"error\":%s,\"class\":\"%s\"}",
                    writer, order, code, quoted(cause), cause.getClass().getSimpleName());
        }
    }

    private static void append(String topic, String key, String writer, List<Integer> orders) throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            for (int order : orders) {
                report(writer, order, producer.send(event(topic, null, key, writer, order)));
            }
        }
    }

    private static void burst(String topic, String key, String writer, List<Integer> orders) throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            List<Future<RecordMetadata>> answers = new ArrayList<>();
            for (int order : orders) {
                answers.add(producer.send(event(topic, null, key, writer, order)));
            }
            for (int i = 0; i < answers.size(); i++) {
                report(writer, orders.get(i), answers.get(i));
            }
        }
    }

    private static void place(String topic, String key, int partition, int order) throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            report("a", order, producer.send(event(topic, partition, key, "a", order)));
        }
    }

    private static void consume(String topic, String group, int count, boolean commits) {
        Properties config = new Properties();
        config.put("bootstrap.servers", servers);
        config.put("group.id", group);
        config.put("auto.offset.reset", "earliest");
        if (!commits) {
            config.put("enable.auto.commit", "false");
        }
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(Collections.singletonList(topic));
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            for (int seen = 0; seen < count && System.nanoTime() < deadline; ) {
                for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofMillis(500))) {
                    seen++;
                    say("{\"partition\":%d,\"offset\":%d,\"key\":\"%s\",\"value\":\"%s\"}",
                            one.partition(), one.offset(), one.key(), one.value());
                }
            }
            if (commits) {
                commit(consumer);
            }
        }
    }

    private static void commit(KafkaConsumer<String, String> consumer) {
        long began = System.nanoTime();
        try {
            consumer.commitSync();
            say("{\"commit\":true}");
        } catch (Exception failed) {
            say("{\"commit\":false,\"error\":%s,\"class\":\"%s\",\"seconds\":%d}", quoted(failed),
                    failed.getClass().getSimpleName(), (System.nanoTime() - began) / 1_000_000_000);
        }
    }

    private static void transact(String topic, String id, int count) throws Exception {
        try (KafkaProducer<String, String> producer = producer("transactional.id", id)) {
            producer.initTransactions();
            producer.beginTransaction();
            for (int order = 0; order < count; order++) {
                report("a", order, producer.send(event(topic, null, "t", "a", order)));
            }
            producer.commitTransaction();
            say("{\"transaction\":\"committed\"}");
        } catch (Exception failed) {
            say("{\"failed\":%s,\"class\":\"%s\"}", quoted(failed), failed.getClass().getSimpleName());
        }
    }

    private static String quoted(Throwable failed) {
        return "\"" + String.valueOf(failed.getMessage()).replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + "\"";
    }

    private static synchronized void say(String format, Object... arguments) {
        System.out.println(String.format(format, arguments));
    }
}
