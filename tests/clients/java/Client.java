import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own Java clients for tests in another language: one JSON command a line on standard
 * input, one JSON answer a line on standard output. A Java machine takes seconds to start, so one
 * lives through a whole test file. tests/support/java_client.py is the other end.
 *
 * <p>Keys and values are text. Producers and consumers are kept by the "name" of the command.
 */
public final class Client {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
    private final Map<String, KafkaConsumer<byte[], byte[]>> consumers = new HashMap<>();

    public static void main(String[] args) throws Exception {
        // Whatever Kafka logs to the console must not get between the answers.
        PrintStream answers = System.out;
        System.setOut(System.err);
        Client client = new Client();
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode command = JSON.readTree(line);
            ObjectNode answer = JSON.createObjectNode();
            try {
                client.run(command, answer);
            } catch (Throwable failed) {
                putError(answer, failed);
            }
            answers.println(JSON.writeValueAsString(answer));
        }
    }

    private void run(JsonNode command, ObjectNode answer) throws Exception {
        switch (command.get("do").asText()) {
            case "send" -> send(command, answer.putArray("results"));
            case "transaction" -> transaction(command, answer);
            case "subscribe" -> subscribe(command);
            case "assign" -> assign(command);
            case "poll" -> poll(command, answer);
            case "commit" -> consumer(command).commitSync();
            case "close" -> close(command.get("name").asText());
            case "admin" -> admin(command, answer);
            default -> throw new IllegalArgumentException(command.toString());
        }
    }

    private KafkaProducer<byte[], byte[]> producer(JsonNode command) {
        return producers.computeIfAbsent(
                command.get("name").asText(),
                name ->
                        new KafkaProducer<>(
                                config(command),
                                new ByteArraySerializer(),
                                new ByteArraySerializer()));
    }

    private KafkaConsumer<byte[], byte[]> consumer(JsonNode command) {
        return consumers.computeIfAbsent(
                command.get("name").asText(),
                name ->
                        new KafkaConsumer<>(
                                config(command),
                                new ByteArrayDeserializer(),
                                new ByteArrayDeserializer()));
    }

    /** All records at once, as the producer batches them; the outcome of each in order. */
    private void send(JsonNode command, ArrayNode results) {
        KafkaProducer<byte[], byte[]> producer = producer(command);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (JsonNode record : command.get("records")) {
            sent.add(producer.send(recordOf(record)));
        }
        producer.flush();
        for (Future<RecordMetadata> one : sent) {
            ObjectNode result = results.addObject();
            try {
                result.put("offset", one.get().offset()).put("partition", one.get().partition());
            } catch (Exception failed) {
                putError(result, failed.getCause() == null ? failed : failed.getCause());
            }
        }
    }

    /** Begins, sends, sends consumed offsets if there are "offsets", and commits or aborts. */
    private void transaction(JsonNode command, ObjectNode answer) throws Exception {
        boolean isNew = !producers.containsKey(command.get("name").asText());
        KafkaProducer<byte[], byte[]> producer = producer(command);
        if (isNew) {
            producer.initTransactions();
        }
        producer.beginTransaction();
        send(command, answer.putArray("results"));
        if (command.get("commit").asBoolean()) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    private static ProducerRecord<byte[], byte[]> recordOf(JsonNode record) {
        Integer partition = record.hasNonNull("partition") ? record.get("partition").asInt() : null;
        ProducerRecord<byte[], byte[]> made =
                new ProducerRecord<>(
                        record.get("topic").asText(),
                        partition,
                        bytesOf(record.get("key")),
                        bytesOf(record.get("value")));
        if (record.hasNonNull("headers")) {
            record.get("headers")
                    .properties()
                    .forEach(h -> made.headers().add(h.getKey(), bytesOf(h.getValue())));
        }
        return made;
    }

    /** To "topics"; or to a regular expression, that the client ("pattern") or the broker ("re2") applies. */
    private void subscribe(JsonNode command) {
        KafkaConsumer<byte[], byte[]> consumer = consumer(command);
        if (command.has("pattern")) {
            consumer.subscribe(Pattern.compile(command.get("pattern").asText()));
        } else if (command.has("re2")) {
            consumer.subscribe(new SubscriptionPattern(command.get("re2").asText()));
        } else {
            consumer.subscribe(texts(command.get("topics")));
        }
    }

    /** "partitions": [[topic, partition, offset]...]; -2 is the beginning, -1 the end. */
    private void assign(JsonNode command) {
        KafkaConsumer<byte[], byte[]> consumer = consumer(command);
        List<TopicPartition> all = new ArrayList<>();
        command.get("partitions").forEach(one -> all.add(partitionOf(one)));
        consumer.assign(all);
        for (JsonNode one : command.get("partitions")) {
            long offset = one.get(2).asLong();
            if (offset == -2) {
                consumer.seekToBeginning(List.of(partitionOf(one)));
            } else if (offset == -1) {
                consumer.seekToEnd(List.of(partitionOf(one)));
            } else {
                consumer.seek(partitionOf(one), offset);
            }
        }
    }

    /** Until there are "count" records or "timeout_ms" are over; then the positions too. */
    private void poll(JsonNode command, ObjectNode answer) {
        KafkaConsumer<byte[], byte[]> consumer = consumer(command);
        long end = System.nanoTime() + command.get("timeout_ms").asLong() * 1_000_000;
        ArrayNode records = answer.putArray("records");
        while (records.size() < command.get("count").asInt() && System.nanoTime() < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                ObjectNode one = records.addObject();
                one.put("topic", record.topic()).put("partition", record.partition());
                one.put("offset", record.offset()).put("timestamp", record.timestamp());
                one.put("key", text(record.key())).put("value", text(record.value()));
                ObjectNode headers = one.putObject("headers");
                record.headers().forEach(h -> headers.put(h.key(), text(h.value())));
            }
        }
        ObjectNode positions = answer.putObject("positions");
        for (TopicPartition one : consumer.assignment()) {
            positions.put(one.toString(), consumer.position(one));
        }
    }

    private void close(String name) {
        if (producers.containsKey(name)) {
            producers.remove(name).close();
        }
        if (consumers.containsKey(name)) {
            consumers.remove(name).close();
        }
    }

    private static void admin(JsonNode command, ObjectNode answer) throws Exception {
        List<String> topics = texts(command.get("topics"));
        try (Admin admin = Admin.create(config(command))) {
            switch (command.get("what").asText()) {
                case "describeCluster" -> {
                    var cluster = admin.describeCluster();
                    answer.put("clusterId", cluster.clusterId().get());
                    ArrayNode nodes = answer.putArray("nodes");
                    cluster.nodes()
                            .get()
                            .forEach(n -> nodes.add(n.id() + "@" + n.host() + ":" + n.port()));
                }
                case "describeTopics" -> {
                    for (var one : admin.describeTopics(topics).allTopicNames().get().values()) {
                        ArrayNode leaders = answer.putArray(one.name());
                        one.partitions()
                                .forEach(p -> leaders.add(p.leader() == null ? -1 : p.leader().id()));
                    }
                }
                case "createTopics" -> {
                    int partitions = command.get("partitions").asInt();
                    admin.createTopics(
                                    topics.stream()
                                            .map(t -> new NewTopic(t, partitions, (short) 1))
                                            .toList())
                            .all()
                            .get();
                }
                case "deleteTopics" -> admin.deleteTopics(topics).all().get();
                default -> throw new IllegalArgumentException(command.toString());
            }
        }
    }

    private static TopicPartition partitionOf(JsonNode one) {
        return new TopicPartition(one.get(0).asText(), one.get(1).asInt());
    }

    private static Properties config(JsonNode command) {
        Properties config = new Properties();
        command.get("config")
                .properties()
                .forEach(e -> config.put(e.getKey(), e.getValue().asText()));
        return config;
    }

    private static List<String> texts(JsonNode array) {
        List<String> found = new ArrayList<>();
        if (array != null) {
            array.forEach(one -> found.add(one.asText()));
        }
        return found;
    }

    private static byte[] bytesOf(JsonNode text) {
        boolean isNull = text == null || text.isNull();
        return isNull ? null : text.asText().getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static void putError(ObjectNode answer, Throwable failed) {
        answer.put("error", failed.getClass().getSimpleName());
        answer.put("message", String.valueOf(failed.getMessage()));
    }
}
