import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Kafka's command line tools, one after the other in one Java machine: each would take seconds to start.
 * tests/support/kafka_tools.py is the other end. A line of standard input is a call
 * {"main": CLASS, "arguments": [...], "stdin": TEXT}, a line of standard output what became of it
 * {"code": N, "out": TEXT, "err": TEXT}.
 */
public final class Tools {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Thrown where a tool would have ended its process. */
    private static final class Ended extends Error {}

    /** Of the tool that runs: producers are closed there. */
    private static final List<Runnable> HOOKS = new ArrayList<>();

    private static volatile Integer code;

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Exit.setExitProcedure(Tools::end);
        Exit.setHaltProcedure(Tools::end);
        Exit.setShutdownHookAdder((name, hook) -> HOOKS.add(hook));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answers.println(JSON.writeValueAsString(run(JSON.readTree(line))));
        }
    }

    /** Some tools catch all that is thrown, complain and end once more: what is said from here on is ours. */
    private static void end(int status, String message) {
        if (code == null) {
            code = status;
            sayTo(OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
        }
        throw new Ended();
    }

    private static void sayTo(OutputStream out, OutputStream err) {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static ObjectNode run(JsonNode call) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        sayTo(out, err);
        System.setIn(new ByteArrayInputStream(call.get("stdin").asText().getBytes(StandardCharsets.UTF_8)));
        List<String> arguments = new ArrayList<>();
        call.get("arguments").forEach(one -> arguments.add(one.asText()));
        int thrown = call(call.get("main").asText(), arguments.toArray(new String[0]));
        sayTo(out, err);
        HOOKS.forEach(Runnable::run);
        return JSON.createObjectNode()
                .put("code", code == null ? thrown : code)
                .put("out", out.toString(StandardCharsets.UTF_8))
                .put("err", err.toString(StandardCharsets.UTF_8));
    }

    /** 1 if it threw something. */
    private static int call(String main, String[] arguments) throws Exception {
        code = null;
        HOOKS.clear();
        try {
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException failed) {
            if (!(failed.getCause() instanceof Ended)) {
                failed.getCause().printStackTrace();
                return 1;
            }
        }
        return 0;
    }
}
