"""The page at `/` in a real browser: the walk of a person, and bytes that mean harm. Screenshots: build/screenshots/."""

import difflib
import json
import random
import subprocess
import time
import urllib.request

import pytest
from selenium.webdriver.common.keys import Keys

from bkes_process import BkesProcess
from browser import Browser
from clients import eventually, kcat, rdkafka_producer, rdkafka_send
from events import POLICY_VIOLATION, EventTopic, event, key_topic
from kafka_cluster import KafkaCluster

TOPIC = "bkes"
PARTITIONS = 3
SIZES = {"phone": (375, 812), "desk": (1440, 900)}
LONG_TASK_MS = 700  # of machines that are busy with other tests too

ORDER = [
    {"type": "OrderPlaced", "customer": "c-5516", "currency": "EUR", "lines": [
        {"sku": "mug-blue", "quantity": 2, "price": 12.50}, {"sku": "tea-assam-250", "quantity": 1, "price": 8.90}]},
    {"type": "PaymentReceived", "amount": 33.90, "currency": "EUR", "reference": "psp-8815634129031"},
    {"type": "AddressChanged", "customer": "c-5516", "address": {
        "street": "Lindenweg 4", "zip": "8001", "city": "Zürich", "country": "CH"}},
    {"type": "Packed", "parcels": [{"id": 9007199254740993, "weight_g": 1240}]},
]

IMG = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>alert(2)</script>"
# key: how the page writes it
HOSTILE = {
    IMG.encode(): IMG,
    SCRIPT.encode(): SCRIPT,
    "user-\u202eetad\u202c".encode(): r"user-\u202Eetad\u202C",
    b"nul-\0-\x1b[2J": r"nul-\0-\x1B[2J",
    b"\xff\xfe\xc0\x80": r"\xFF\xFE\xC0\x80",
    b"..": "..",
    b"a/b?c=%2F#d&e": "a/b?c=%2F#d&e",
    b"'\"`$(id)\\": "'\"`$(id)\\",
    b"javascript:alert(3)": "javascript:alert(3)",
    b"two\nlines\t\r": r"two\nlines\t\r",
    "zero\u200bwidth\ufeff\u2028".encode(): r"zero\u200Bwidth\uFEFF\u2028",
}


def value_of(fields):
    return json.dumps(fields, ensure_ascii=False).encode()


def large_values():
    rows = [{"id": n, "name": f"item {n}", "tags": ["a", "b"], "big": 12345678901234567890} for n in range(12_000)]
    return [value_of(rows), b"x" * 1_040_000, bytes(range(256)) * 4000, b"[" * 500_000 + b"]" * 500_000]


def fill(events):
    def put(key, values, headers=()):
        outcome = events.append_all([event(key, one, order, headers) for order, one in enumerate(values)])
        assert outcome.code == 0, outcome

    put(b"order-42", [value_of(one) for one in ORDER], [("source", b"shop"), ("trace-id", b"9b1e6f0d")])
    for number in range(100, 230):
        put(b"order-%d" % number, [value_of({"type": "OrderPlaced", "number": number})])
    for key in HOSTILE:
        put(key, [key, value_of({"text": key.decode("latin-1"), "type": IMG})],
            [("type", key), (SCRIPT, IMG.encode()), ("bytes", b"\xff\0"), ("nothing", None)])
    put(b"thousand", [value_of({"type": "Ticked", "number": n}) for n in range(1000)])
    for order, large in enumerate(large_values()):
        assert events.append(b"large", large, order).code == 0


@pytest.fixture(scope="module")
def bkes(tmp_path_factory):
    with KafkaCluster(tmp_path_factory.mktemp("kafka")) as cluster:
        cluster.create_topic(TOPIC, partitions=PARTITIONS)
        with BkesProcess(tmp_path_factory.mktemp("bkes"), cluster.bootstrap_servers,
                         {"topics": TOPIC, "http.read": "true"}) as process:
            with EventTopic(process, TOPIC, PARTITIONS) as events:
                fill(events)
            yield process


@pytest.fixture
def events(bkes):
    with EventTopic(bkes, TOPIC, PARTITIONS) as topic:
        yield topic


@pytest.fixture(scope="module")
def chromium():
    with Browser() as started:
        yield started


@pytest.fixture
def browser(chromium):
    chromium.size(*SIZES["desk"])
    chromium.scheme("light")
    chromium.complaints()
    return chromium


def page(bkes, route=""):
    return f"http://{bkes.host}:{bkes.admin_port}/{route}"


def aggregate(key, more=""):
    """A key of plain letters."""
    return f"#/events/{TOPIC}?key={key}{more}"


def is_right(browser, screenshot):
    """What holds whatever is shown."""
    browser.screenshot(screenshot)
    assert browser.accessibility() == []
    assert browser.complaints() == []


def orders(browser):
    return browser.run("return [...document.querySelectorAll('.event')].map((one) => Number(one.dataset.order))")


def wait_live(browser):
    browser.wait(".live-box", "Live")


def open_event(browser, order):
    browser.click(f".event[data-order='{order}'] > .event-head")
    browser.wait(f".event[data-order='{order}'] .value")


@pytest.mark.parametrize("size", SIZES)
def test_a_walk(bkes, browser, events, size):
    browser.size(*SIZES[size])
    browser.open(page(bkes))
    browser.wait(".key-row", "order-100")
    is_right(browser, f"{size}-1-start")

    browser.click("#search")
    browser.press("order-4")
    browser.until(lambda: browser.texts(".key-row .key") == ["order-42", "Wait for order-4"], "not the keys with the prefix")
    is_right(browser, f"{size}-2-search")

    browser.click(".key-row", "order-42")
    browser.wait("h1", "order-42")
    wait_live(browser)
    count = events.next_order(b"order-42")
    assert orders(browser) == list(range(count))[::-1]
    open_event(browser, 3)
    assert browser.text(".code") == json.dumps(ORDER[3], indent=2)
    assert browser.texts(".headers tr")[:2] == ["sourceshop", "trace-id9b1e6f0d"]
    is_right(browser, f"{size}-3-aggregate")

    # By a client of Kafka, without a new document.
    browser.run("window.stays = true")
    kcat(bkes.address, "-P", "-t", TOPIC, "-k", "order-42", "-H", f"order={count}", stdin=value_of({"type": "Shipped"}))
    browser.wait(f".event.is-new[data-order='{count}'] .type", "Shipped")
    browser.until(lambda: "1 new event" in browser.text("#spoken"), "not said aloud")
    assert browser.text(".facts-line").startswith(f"{count + 1} events") and browser.run("return window.stays")
    is_right(browser, f"{size}-4-live")

    assert events.append(b"order-42", b"{}", order=0).code == POLICY_VIOLATION
    browser.click("#views a", "Conflicts")
    browser.wait(".conflicts td", "order-42")
    known = len(browser.all(".conflicts tbody tr"))
    assert events.append(b"order-42", b"{}", order=count + 5).code == POLICY_VIOLATION
    browser.until(lambda: len(browser.all(".conflicts tbody tr")) == known + 1, "the conflict doesn't come")
    assert browser.texts(".conflicts tbody tr:first-child td")[1:5] == ["order-42", str(count + 1), str(count + 5), "4 ahead"]
    is_right(browser, f"{size}-5-conflicts")

    browser.click("#views a", "Partitions")
    browser.until(lambda: browser.texts(".partitions .badge") == ["Ready"] * PARTITIONS, "not ready")
    is_right(browser, f"{size}-6-partitions")
    browser.driver.back()
    browser.wait("h1", "Conflicts")


@pytest.mark.parametrize("size", SIZES)
def test_in_the_dark(bkes, browser, size):
    browser.size(*SIZES[size])
    browser.scheme("dark")
    browser.open(page(bkes, aggregate("order-42", "&order=asc")))
    wait_live(browser)
    open_event(browser, 2)
    is_right(browser, f"{size}-dark-aggregate")
    browser.click(".tabs button", "Changes")
    browser.wait(".diff", "Lindenweg")
    is_right(browser, f"{size}-dark-changes")
    for view in ("conflicts", "partitions"):
        browser.open(page(bkes, f"#/{view}/{TOPIC}"))
        browser.wait("td")
        is_right(browser, f"{size}-dark-{view}")


def test_it_is_served_with_a_strict_policy(bkes):
    with urllib.request.urlopen(page(bkes)) as answer:
        rules = dict(one.strip().split(" ", 1) for one in answer.headers["Content-Security-Policy"].split(";"))
    assert rules["default-src"] == "'none'" and rules["script-src"] == rules["connect-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'" and rules["frame-ancestors"] == "'none'"


def test_hostile_bytes_only_show(bkes, browser, events):
    refused = rdkafka_send(rdkafka_producer(bkes.address, client_id=IMG), TOPIC, [(IMG.encode(), b"v", [("order", b"9")])])
    assert refused[0] is not None
    assert events.append(b"\xff\0", b"v", order="exists").code == POLICY_VIOLATION
    browser.open(page(bkes, f"#/conflicts/{TOPIC}"))
    browser.wait(".conflicts td", r"\xFF\0")
    browser.wait(".conflicts td:nth-child(6)", IMG)
    is_right(browser, "hostile-conflicts")

    browser.open(page(bkes))
    browser.wait(".key-row")
    browser.until(lambda: browser.run("const pane = document.querySelector('.keys-pane'); pane.scrollTop = pane.scrollHeight;"
                                      "return [...pane.querySelectorAll('.key')].map((one) => one.textContent)")[-1:]
                  == [HOSTILE[b"\xff\xfe\xc0\x80"]], "not all keys")
    assert set(HOSTILE.values()) <= set(browser.texts(".key-row .key"))
    is_right(browser, "hostile-keys")
    for number, (key, shown) in enumerate(HOSTILE.items()):
        link = browser.run("return [...document.querySelectorAll('.key-row')].find((one) => one.textContent.startsWith("
                           "arguments[0])).href", shown)
        browser.driver.get(link)
        browser.until(lambda: browser.text("h1") == shown, "another key")
        browser.until(lambda: orders(browser) == [1, 0], "no events")
        browser.click("button", "Open all")
        browser.until(lambda: len(browser.all(".headers tr")) == 10, "not open")
        assert [SCRIPT + IMG, r"bytes\xFF\0", "nothingnull"] == browser.texts(".headers tr")[1:4]
        assert browser.texts(".type") == [shown] * 2
        browser.click("summary", "Commands")
        browser.wait(".command code", f" {key_topic(TOPIC, key)} ")
        assert browser.run("return document.querySelectorAll('img:not(.brand img), script:not([src]), iframe').length") == 0
        assert browser.complaints() == []
        if number < 4:
            is_right(browser, f"hostile-{number}")


def test_it_waits_for_what_comes_and_goes_on_after_a_restart(bkes, browser):
    def append(order):
        with EventTopic(bkes, TOPIC, PARTITIONS) as topic:
            eventually(lambda: topic.append(b"not-yet", value_of({"number": order}), order).code == 0)

    browser.open(page(bkes, aggregate("not-yet")))
    browser.wait(".blank", "No event yet, waiting")
    wait_live(browser)
    is_right(browser, "waiting")
    append(0)
    browser.until(lambda: orders(browser) == [0], "it doesn't come")

    bkes.stop()
    browser.wait(".live-box", "Reconnecting")
    browser.wait(".health", "No answer")
    bkes.start()
    bkes.wait_ready()
    append(1)
    append(2)
    browser.until(lambda: orders(browser) == [2, 1, 0], "the tail doesn't go on", timeout_s=20)
    wait_live(browser)
    browser.complaints()  # of connections that were refused


def test_a_problem_is_said_in_its_place(bkes, browser):
    browser.open(page(bkes, "#/events/nobodys?key=k"))
    browser.wait(".blank", "bkes doesn't guard nobodys")
    is_right(browser, "no-topic")


def test_a_login_in_the_address_is_in_nobodys_way(bkes, browser):
    browser.open(page(bkes).replace("//", "//ann:secret@"))
    browser.wait(".key-row", "order-100")
    assert browser.complaints() == []


def test_thousand_events(bkes, browser):
    began = time.monotonic()
    browser.open(page(bkes, aggregate("thousand")))
    wait_live(browser)
    while len(orders(browser)) < 1000:
        browser.run("scrollTo(0, document.documentElement.scrollHeight)")
        assert time.monotonic() - began < 15, f"{len(orders(browser))} after 15 s"
    assert orders(browser) == list(range(1000))[::-1]
    browser.click("button", "Open all")
    browser.run("scrollTo(0, 20000)")
    browser.wait(".event-body .code", "Ticked")
    assert max(browser.long_tasks(), default=0) < LONG_TASK_MS

    browser.press("g")
    browser.press("500", Keys.ENTER)
    browser.until(lambda: orders(browser)[:1] == [500], "it doesn't jump")
    browser.wait(".event.is-open .code", '"number": 500')
    browser.click(".edge", "Show 100 newer of 499")
    browser.until(lambda: orders(browser)[0] == 600, "no newer ones")
    assert browser.complaints() == []


def test_large_values(bkes, browser):
    browser.open(page(bkes, aggregate("large", "&order=asc")))
    wait_live(browser)
    browser.until(lambda: orders(browser) == [0, 1, 2, 3], "not all of them")  # a page ends by its bytes
    for order, views in enumerate((["JSON", "Text", "Hex"], ["Text", "Hex"], ["Hex", "Text"], ["Text", "Hex"])):
        open_event(browser, order)
        for view in views:
            browser.click(".tabs button", view)
            browser.click(".more", "Show all")
            browser.run("const code = document.querySelector('.code'); code.scrollTop = code.scrollHeight / 2")
        browser.click(".event.is-open > .event-head")
    assert max(browser.long_tasks(), default=0) < LONG_TASK_MS
    assert browser.complaints() == []
    # All of it, as it was written.
    open_event(browser, 0)
    browser.click(".more", "Show all")
    rows = json.dumps(json.loads(large_values()[0]), indent=2).replace("\n", "")
    browser.until(lambda: browser.text(".code").replace("\n", "") == rows, "something else")


def test_by_keyboard_alone(bkes, browser):
    browser.open(page(bkes))
    browser.wait(".key-row", "order-100")
    browser.press("/")
    browser.press("order-1")
    browser.until(lambda: browser.texts(".found") == ["100 aggregates"], "not searched")
    browser.press(Keys.ARROW_DOWN)
    assert browser.focus().startswith("order-100")
    browser.press("jjk")
    assert browser.focus().startswith("order-101")
    browser.press("/")  # what was typed is selected
    browser.press("order-42", Keys.ENTER)
    browser.wait("h1", "order-42")
    wait_live(browser)
    assert browser.focus() == "order-42"
    browser.press("jj", Keys.ENTER)
    browser.wait(".event.is-open .value")
    browser.press("d")
    browser.wait(".event.is-open .code.diff")
    browser.press("r")
    browser.until(lambda: orders(browser)[:2] == [0, 1], "it doesn't turn")
    browser.press("p")
    browser.wait(".live-box", "Paused")
    browser.press("p")
    wait_live(browser)
    browser.press("j", Keys.ENTER)
    browser.wait(".event.is-open")
    browser.press(Keys.TAB)
    assert browser.focus() == "JSON"  # not in a trap: into the event, and on
    browser.press(Keys.ESCAPE)
    browser.until(lambda: not browser.all(".event.is-open"), "it doesn't close")
    browser.press(Keys.ESCAPE)
    assert browser.focus().startswith("order-42")
    browser.press(Keys.ESCAPE)
    browser.wait("h1", "Events by key")
    browser.press("?")
    browser.wait("dialog[open]", "next row")
    is_right(browser, "help")
    browser.press(Keys.ESCAPE)
    browser.press("3")
    browser.wait("h1", "Partitions")


def test_copied_commands_do_what_they_say(bkes, browser, events):
    key = b"it's $(id) \\ \"q\""
    assert events.append(key, b"first value", 0).code == 0
    browser.driver.execute_cdp_cmd("Browser.grantPermissions", {
        "origin": page(bkes)[:-1], "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})

    def shell(button):
        button.click()
        browser.wait("#toast", "Command copied")
        text = browser.run_module("return navigator.clipboard.readText()")
        browser.run("document.getElementById('toast').textContent = ''")
        done = subprocess.run(["bash", "-c", text], capture_output=True, timeout=30)
        assert done.returncode == 0, (text, done.stderr)
        return done.stdout

    browser.open(page(bkes, "#/events/bkes?key=" + "".join(f"%{byte:02X}" for byte in key)))
    wait_live(browser)
    open_event(browser, 0)
    assert shell(browser.all("[data-copy=kcat]")[0]) == b"first value\n"
    browser.click("summary", "Commands")
    browser.wait(".command h2", "Append event 1")
    shell(browser.all(".command button")[2])
    browser.until(lambda: orders(browser) == [1, 0], "not appended")
    assert shell(browser.all(".command button")[0]).startswith(b"first value\n{")
    assert browser.complaints() == []


def test_pure_modules(bkes, browser):
    browser.open(page(bkes))

    def call(module, name, *arguments):
        return browser.run_module(f"return (await import('/page/{module}.js')).{name}(...given)", *arguments)

    for value in ([], {}, [[], {}], {"a": [1, {"b": []}], "": None}, [True, -1.5e-10, "\"\\\u2028é"], ORDER):
        assert call("json_text", "indented", json.dumps(value)) == json.dumps(value, indent=2)
    kept = '{"n":1234567890123456789012345678901234567890,"n":1e999,"t":"\\u202e\\/"}'
    assert call("json_text", "indented", kept).replace("\n  ", "").replace('": ', '":').replace("\n", "") == kept
    for text in ("", "1", "[1,]", '{"a" 1}', "[] x", "[01]", "[", "[1}", '["\t"]', '["\\x"]', "[" * 300 + "]" * 300):
        assert call("json_text", "indented", text) is None, text

    for raw in (b"", b"a", b"\xff", b"\xf0\x9f\x98\x80\x80", b"\xed\xa0\x80", b"\xef\xbb\xbfA", bytes(range(256))):
        assert bytes(browser.run_module("""
            const {bytesOf, fromBase64, percentDecode, percentEncode, textOf, toBase64} = await import("/page/bytes.js");
            const text = textOf(Uint8Array.from(given[0]));
            return [...fromBase64(toBase64(bytesOf(percentDecode(percentEncode(text)))))];""", list(raw))) == raw

    for text, shown in {"plain é 漢": "plain é 漢", "a\u202eb": r"a\u202Eb", "\0\x7f\x9b": r"\0\x7F\x9B", "👨\u200d👩": "👨\u200d👩",
                        "a\u200db": r"a\u200Db", "no\u00a0break": r"no\xA0break", "\U000e0041": r"\u{E0041}"}.items():
        assert call("hidden", "escaped", text) == shown

    dice = random.Random(7)
    for _ in range(20):
        before, after = ([dice.choice("abcd") for _ in range(dice.randrange(12))] for _ in range(2))
        lines = call("diff", "diff", before, after)
        assert [line for sign, line in lines if sign != "+"] == before
        assert [line for sign, line in lines if sign != "-"] == after
        same = sum(block.size for block in difflib.SequenceMatcher(None, before, after, False).get_matching_blocks())
        assert sum(sign == " " for sign, _ in lines) >= same

    for word in (word for word in HOSTILE.values()):
        done = subprocess.run(["bash", "-c", "printf %s " + call("commands", "quoted", word)], capture_output=True)
        assert done.stdout.decode() == word
    for route in ({"view": "events", "topic": "t", "prefix": "a&b=", "key": "é\0%41", "at": 7, "order": "asc"},
                  {"view": "conflicts", "topic": "t-1.x", "prefix": "", "key": None, "at": None, "order": "desc"}):
        assert browser.run_module("const {format, parse} = await import('/page/route.js'); return parse(format(given[0]));",
                                  route) == route
