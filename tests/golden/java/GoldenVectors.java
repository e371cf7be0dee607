// Writes golden wire vectors with Kafka's own generated message classes, filled after Kafka's own
// JSON definitions (both lie in kafka-clients.jar). Run it with tests/golden/regenerate.sh.
//
// One file for each API and direction, lines "VERSION CASE HEX" (the body, without a header):
//   default     a message nobody touched
//   edge_null   null where the version allows it, else empty; numbers at their minimum
//   edge_long   one element in each array, strings of 130 bytes (two-byte lengths), numbers at
//               their maximum
//   random1-3   from a fixed seed
//   tags        as random, with unknown tagged fields in every struct (flexible versions only)

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.AppInfoParser;

public class GoldenVectors {
    static final ApiMessageType[] APIS = {
        ApiMessageType.API_VERSIONS, ApiMessageType.METADATA, ApiMessageType.PRODUCE,
        ApiMessageType.FETCH, ApiMessageType.LIST_OFFSETS, ApiMessageType.FIND_COORDINATOR,
        ApiMessageType.DESCRIBE_CLUSTER, ApiMessageType.INIT_PRODUCER_ID,
        ApiMessageType.OFFSET_COMMIT, ApiMessageType.OFFSET_FETCH, ApiMessageType.TXN_OFFSET_COMMIT,
        ApiMessageType.CREATE_TOPICS, ApiMessageType.SHARE_FETCH, ApiMessageType.SHARE_ACKNOWLEDGE,
        ApiMessageType.OFFSET_FOR_LEADER_EPOCH, ApiMessageType.SASL_HANDSHAKE,
        ApiMessageType.SASL_AUTHENTICATE, ApiMessageType.ADD_PARTITIONS_TO_TXN,
        ApiMessageType.END_TXN, ApiMessageType.DESCRIBE_TOPIC_PARTITIONS,
        ApiMessageType.DELETE_RECORDS, ApiMessageType.DESCRIBE_GROUPS, ApiMessageType.DESCRIBE_PRODUCERS,
        ApiMessageType.LEAVE_GROUP,
        ApiMessageType.DESCRIBE_CONFIGS,
        ApiMessageType.DELETE_TOPICS, ApiMessageType.CREATE_PARTITIONS,
        ApiMessageType.ALTER_CONFIGS, ApiMessageType.INCREMENTAL_ALTER_CONFIGS,
        ApiMessageType.OFFSET_DELETE, ApiMessageType.ELECT_LEADERS,
        ApiMessageType.ALTER_PARTITION_REASSIGNMENTS, ApiMessageType.LIST_PARTITION_REASSIGNMENTS,
        ApiMessageType.WRITE_TXN_MARKERS, ApiMessageType.DESCRIBE_LOG_DIRS,
        ApiMessageType.ALTER_REPLICA_LOG_DIRS, ApiMessageType.CONSUMER_GROUP_HEARTBEAT,
        ApiMessageType.SHARE_GROUP_HEARTBEAT, ApiMessageType.STREAMS_GROUP_HEARTBEAT,
        ApiMessageType.DESCRIBE_SHARE_GROUP_OFFSETS, ApiMessageType.ALTER_SHARE_GROUP_OFFSETS,
        ApiMessageType.DELETE_SHARE_GROUP_OFFSETS, ApiMessageType.DESCRIBE_QUORUM,
        ApiMessageType.DESCRIBE_CLIENT_QUOTAS,
    };

    enum Kind { EDGE_NULL, EDGE_LONG, RANDOM, TAGS }

    final short version;
    final Kind kind;
    final Random random;
    final Map<String, JsonNode> commonStructs = new HashMap<>();

    GoldenVectors(JsonNode schema, short version, Kind kind, long seed) {
        this.version = version;
        this.kind = kind;
        this.random = new Random(seed);
        for (JsonNode struct : schema.path("commonStructs")) {
            commonStructs.put(struct.get("name").asText(), struct.get("fields"));
        }
    }

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Files.createDirectories(folder);
        for (ApiMessageType api : APIS) {
            write(folder, api, api.newRequest().getClass());
            write(folder, api, api.newResponse().getClass());
        }
    }

    static void write(Path folder, ApiMessageType api, Class<?> type) throws Exception {
        String name = type.getSimpleName().replaceAll("Data$", "");
        JsonNode schema = schemaOf(name);
        StringBuilder out = new StringBuilder();
        out.append("# ").append(name).append(": VERSION CASE HEX, the body without a header.\n");
        out.append("# Written by kafka-clients ").append(AppInfoParser.getVersion());
        out.append(" (tests/golden/java/GoldenVectors.java); don't edit.\n");
        boolean empty = true;
        for (short version = api.lowestSupportedVersion();
                version <= api.highestSupportedVersion(false); version++) {
            if (!inRange(schema.get("validVersions").asText(), version)) {
                continue;
            }
            line(out, version, "default", (ApiMessage) type.getConstructor().newInstance());
            line(out, version, "edge_null", filled(schema, type, version, Kind.EDGE_NULL, 0));
            line(out, version, "edge_long", filled(schema, type, version, Kind.EDGE_LONG, 0));
            for (int n = 1; n <= 3; n++) {
                line(out, version, "random" + n, filled(schema, type, version, Kind.RANDOM, n));
            }
            if (inRange(schema.get("flexibleVersions").asText(), version)) {
                line(out, version, "tags", filled(schema, type, version, Kind.TAGS, 4));
            }
            empty = false;
        }
        if (empty) {
            throw new IllegalStateException(name + " has no stable version");
        }
        String file = name.replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase() + ".txt";
        Files.writeString(folder.resolve(file), out);
    }

    static void line(StringBuilder out, short version, String name, ApiMessage message) {
        ByteBuffer bytes = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        out.append(version).append(' ').append(name).append(' ');
        out.append(HexFormat.of().formatHex(copy)).append('\n');
    }

    static JsonNode schemaOf(String name) throws Exception {
        ObjectMapper mapper = new ObjectMapper().enable(JsonParser.Feature.ALLOW_COMMENTS);
        try (InputStream in = ApiMessageType.class.getClassLoader().getResourceAsStream(
                "common/message/" + name + ".json")) {
            return mapper.readTree(in);
        }
    }

    static ApiMessage filled(JsonNode schema, Class<?> type, short version, Kind kind, int n)
            throws Exception {
        long seed = schema.get("name").asText().hashCode() * 31L + version * 7919L + n * 104729L;
        return (ApiMessage) new GoldenVectors(schema, version, kind, seed)
            .struct(type, schema.get("fields"));
    }

    Message struct(Class<?> type, JsonNode fields) throws Exception {
        Message message = (Message) type.getConstructor().newInstance();
        for (JsonNode field : fields) {
            if (inRange(field.get("versions").asText(), version)) {
                Method setter = setterOf(type, field.get("name").asText());
                setter.invoke(message, value(setter, field));
            }
        }
        if (kind == Kind.TAGS) {
            message.unknownTaggedFields().add(new RawTaggedField(1000, new byte[0]));
            message.unknownTaggedFields().add(new RawTaggedField(70000, new byte[] {1, -1, 0}));
        }
        return message;
    }

    Object value(Method setter, JsonNode field) throws Exception {
        boolean nullable = inRange(field.path("nullableVersions").asText("none"), version);
        if (nullable && (kind == Kind.EDGE_NULL
                || kind != Kind.EDGE_LONG && random.nextInt(4) == 0)) {
            return null;
        }
        String type = field.get("type").asText();
        Class<?> parameter = setter.getParameterTypes()[0];
        if (!type.startsWith("[]")) {
            return single(type, parameter, field);
        }
        return array(type.substring(2), setter, parameter, field);
    }

    Object array(String type, Method setter, Class<?> parameter, JsonNode field) throws Exception {
        int count = switch (kind) {
            case EDGE_NULL -> 0;
            case EDGE_LONG -> 1;
            default -> random.nextInt(6) == 0 ? 0 : 1 + random.nextInt(2);
        };
        // Structs with a map key have a collection class of their own, others a List.
        if (Collection.class.isAssignableFrom(parameter) && parameter != List.class) {
            Class<?> element = Class.forName(parameter.getName().replaceAll("Collection$", ""));
            @SuppressWarnings("unchecked")
            Collection<Object> all = (Collection<Object>) parameter.getConstructor().newInstance();
            for (int i = 0; i < count; i++) {
                all.add(single(type, element, field));
            }
            return all;
        }
        ParameterizedType list = (ParameterizedType) setter.getGenericParameterTypes()[0];
        Class<?> element = (Class<?>) list.getActualTypeArguments()[0];
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(single(type, element, field));
        }
        return all;
    }

    Object single(String type, Class<?> javaType, JsonNode field) throws Exception {
        switch (type) {
            case "bool": return kind == Kind.EDGE_LONG || kind != Kind.EDGE_NULL && random.nextBoolean();
            case "int8": return (byte) number(Byte.MIN_VALUE, Byte.MAX_VALUE);
            case "int16": return (short) number(Short.MIN_VALUE, Short.MAX_VALUE);
            case "uint16": return (int) number(0, 0xffff);
            case "int32": return (int) number(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "uint32": return number(0, 0xffffffffL);
            case "int64": return number(Long.MIN_VALUE, Long.MAX_VALUE);
            case "float64": return Double.longBitsToDouble(number(0, Long.MAX_VALUE >> 2));
            case "uuid": return new Uuid(number(Long.MIN_VALUE, Long.MAX_VALUE),
                number(Long.MIN_VALUE, Long.MAX_VALUE));
            case "string": return text();
            case "bytes": {
                byte[] bytes = text().getBytes(StandardCharsets.UTF_8);
                return javaType == ByteBuffer.class ? ByteBuffer.wrap(bytes) : bytes;
            }
            case "records": return records();
            default: break;
        }
        JsonNode fields = field.has("fields") ? field.get("fields") : commonStructs.get(type);
        if (fields == null) {
            throw new IllegalStateException("no struct " + type);
        }
        return struct(javaType, fields);
    }

    long number(long min, long max) {
        switch (kind) {
            case EDGE_NULL: return min;
            case EDGE_LONG: return max;
            default: break;
        }
        switch (random.nextInt(4)) {
            case 0: return random.nextInt(100);
            case 1: return Math.max(min, -1);
            default: {
                // As many bits as the type has; the mask of an unsigned type has no sign bit.
                long any = random.nextLong();
                return min == 0 ? any & max : max == Long.MAX_VALUE ? any : any % max;
            }
        }
    }

    String text() {
        int length = switch (kind) {
            case EDGE_NULL -> 0;
            case EDGE_LONG -> 125;
            default -> random.nextInt(12);
        };
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) (' ' + random.nextInt(95)));
        }
        if (kind == Kind.EDGE_LONG) {
            text.append("\u00e9\u4e2d");  // two and three bytes
        }
        return text.toString();
    }

    MemoryRecords records() {
        if (kind == Kind.EDGE_NULL) {
            return MemoryRecords.EMPTY;
        }
        SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(2)];
        for (int i = 0; i < records.length; i++) {
            byte[] key = text().getBytes(StandardCharsets.UTF_8);
            records[i] = new SimpleRecord(1_700_000_000_000L + i, key, random.nextInt(3) == 0 ? null : key);
        }
        return MemoryRecords.withRecords(Compression.NONE, records);
    }

    static Method setterOf(Class<?> type, String name) {
        for (Method method : type.getMethods()) {
            if (method.getName().equalsIgnoreCase("set" + name) && method.getParameterCount() == 1) {
                return method;
            }
        }
        throw new IllegalStateException(type + " has no field " + name);
    }

    /** Versions as Kafka writes them: "none", "3", "3+", "3-7". */
    static boolean inRange(String versions, short version) {
        if (versions.equals("none")) {
            return false;
        }
        if (versions.endsWith("+")) {
            return version >= Integer.parseInt(versions.substring(0, versions.length() - 1));
        }
        String[] ends = versions.split("-");
        return version >= Integer.parseInt(ends[0]) && version <= Integer.parseInt(ends[ends.length - 1]);
    }
}
