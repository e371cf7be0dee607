import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Kafka Streams through bkes: `SERVERS GUARANTEE words|events IN OUT ID N`.
 *
 * <p>`words` counts the words of IN into OUT; `events` makes each record of IN (key: aggregate, value: order) an
 * event of the guarded topic OUT. Ends when N records went through, or the topology failed, or after 60 s.
 */
public final class Program {
    private static final CountDownLatch OVER = new CountDownLatch(1);

    public static void main(String[] words) throws Exception {
        int count = Integer.parseInt(words[6]);
        KafkaStreams streams = new KafkaStreams(
                words[2].equals("words")
                        ? wordCount(words[3], words[4], count).build()
                        : events(words[3], words[4], count).build(),
                config(words[0], words[1], words[5]));
        streams.setUncaughtExceptionHandler(failed -> {
            Throwable cause = failed;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            say("{\"failed\":\"%s\",\"class\":\"%s\"}", cause.getMessage(), cause.getClass().getSimpleName());
            OVER.countDown();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        boolean isOver = OVER.await(60, TimeUnit.SECONDS);
        streams.close(Duration.ofSeconds(20));
        say("{\"state\":\"%s\",\"over\":%b}", streams.state(), isOver);
    }

    private static Properties config(String servers, String guarantee, String id) throws Exception {
        Properties config = new Properties();
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        config.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("streams").toString());
        config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put("auto.offset.reset", "earliest");
        return config;
    }

    private static StreamsBuilder wordCount(String in, String out, int count) {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> lines = builder.stream(in);
        AtomicInteger left = new AtomicInteger(count);
        lines.flatMapValues(line -> Arrays.asList(line.split("\\W+")))
                .groupBy((key, word) -> word)
                .count()
                .toStream()
                .peek((word, seen) -> {
                    say("{\"word\":\"%s\",\"seen\":%d}", word, seen);
                    if (left.addAndGet(-seen.intValue()) <= 0) {
                        OVER.countDown();
                    }
                })
                .to(out, Produced.with(Serdes.String(), Serdes.Long()));
        return builder;
    }

    private static StreamsBuilder events(String in, String out, int count) {
        StreamsBuilder builder = new StreamsBuilder();
        AtomicInteger left = new AtomicInteger(count);
        KStream<String, String> commands = builder.stream(in);
        commands.<String, String>process(() -> new ContextualProcessor<>() {
            @Override
            public void process(Record<String, String> command) {
                command.headers().remove("order");
                command.headers().add("order", command.value().getBytes(StandardCharsets.UTF_8));
                context().forward(command);
                if (left.decrementAndGet() == 0) {
                    OVER.countDown();
                }
            }
        }).to(out);
        return builder;
    }

    private static synchronized void say(String format, Object... arguments) {
        System.out.println(String.format(format, arguments));
    }
}
