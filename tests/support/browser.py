"""A headless Chromium, and what a page looks like to those who don't see it.

    with Browser() as browser:
        browser.open(url)
        browser.wait("h1", "order-42")
        assert browser.complaints() == []
"""

import pathlib
import time

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

SCREENSHOTS = pathlib.Path(__file__).resolve().parents[2] / "build" / "screenshots"
WAIT_S = 10

# In each document before its own scripts.
_WATCH = """
window.violations = [];
window.long_tasks = [];
addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
new PerformanceObserver((list) => list.getEntries().forEach((one) => long_tasks.push(Math.round(one.duration))))
    .observe({type: "longtask", buffered: true});
for (const name of ["alert", "confirm", "prompt"]) {
    window[name] = () => violations.push(`${name}()`);
}
"""

# What of axe-core's rules can be said in a page: names of ids, roles, lists, contrast, sizes. Names of what has the
# focus are asked of Chromium's own tree.
_CHECK = r"""
const problems = [];
const say = (rule, element) => problems.push(`${rule}: ${element.outerHTML.slice(0, 120)}`);
const seen = (element) => element.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && element.getClientRects().length > 0;
const ids = new Set();
for (const element of document.querySelectorAll("[id]")) {
    if (ids.has(element.id)) { say("two of one id", element); }
    ids.add(element.id);
}
for (const name of ["aria-controls", "aria-labelledby", "aria-describedby", "for"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
        for (const id of element.getAttribute(name).split(" ")) {
            if (!ids.has(id)) { say(`${name} leads nowhere`, element); }
        }
    }
}
if (!document.documentElement.lang) { problems.push("no language"); }
for (const tag of ["main", "h1", "header"]) {
    const count = [...document.querySelectorAll(tag)].filter((one) => seen(one) && (tag !== "header"
        || one.parentElement === document.body)).length;
    if (count !== 1) { problems.push(`${count} times ${tag}`); }
}
let level = 1;
for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    if (!seen(heading)) { continue; }
    if (Number(heading.tagName[1]) > level + 1) { say("a level of headings is left out", heading); }
    level = Number(heading.tagName[1]);
}
for (const list of document.querySelectorAll("ul, ol")) {
    for (const child of list.children) { if (child.tagName !== "LI") { say("no item of a list", child); } }
}
for (const element of document.querySelectorAll("[tabindex]")) {
    if (element.tabIndex > 0) { say("an order of tab of its own", element); }
}
for (const image of document.querySelectorAll("img")) { if (!image.hasAttribute("alt")) { say("no alt", image); } }
for (const inner of document.querySelectorAll(":is(button, a) :is(button, a, input, select)")) { say("one in the other", inner); }
for (const element of document.querySelectorAll("button, a, input, select, summary")) {
    const {width, height} = element.getBoundingClientRect();
    if (seen(element) && !element.classList.contains("skip") && !element.closest("p, td, label") && (width < 24 || height < 24)) {
        say(`small: ${Math.round(width)}x${Math.round(height)}`, element);
    }
}
for (const element of document.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    if (/auto|scroll/.test(style.overflowY + style.overflowX) && element.scrollHeight > element.clientHeight + 1 && seen(element)
        && element !== document.documentElement && element.tabIndex < 0 && element.querySelector("a, button, input, [tabindex='0']") === null) {
        say("scrolls, but not by keyboard", element);
    }
}
const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
const over = (layers) => {  // colours from the back to the front, as the eye gets them
    canvas.clearRect(0, 0, 1, 1);
    for (const one of layers) { canvas.fillStyle = one; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = (rgb) => rgb.slice(0, 3).map((one) => one / 255).map((one) => one <= 0.04045 ? one / 12.92
    : ((one + 0.055) / 1.055) ** 2.4).reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
const known = new Map();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const looked = new Set();
while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (looked.has(element) || texts.currentNode.data.trim() === "" || !seen(element) || element.closest("[aria-hidden=true], .away, noscript, option")) {
        continue;
    }
    looked.add(element);
    const behind = [];
    for (let one = element; one !== null; one = one.parentElement) { behind.unshift(getComputedStyle(one).backgroundColor); }
    const color = getComputedStyle(element).color;
    const name = [...behind, color].join();
    if (!known.has(name)) {
        const [back, front] = [light(over(behind)), light(over([...behind, color]))];
        known.set(name, (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05));
    }
    if (known.get(name) < 4.5) { say(`contrast ${known.get(name).toFixed(2)}`, element); }
}
if (document.documentElement.scrollWidth > innerWidth) { problems.push(`wider than the screen: ${document.documentElement.scrollWidth}`); }
return problems;
"""
_NAMED = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "progressbar", "progressIndicator", "region",
          "DisclosureTriangle", "navigation"}


class Browser:
    """One window; `driver` is Selenium's."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--disable-background-networking", "--no-first-run"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def scheme(self, name):
        """light or dark."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": name}]})

    def headers(self, headers):
        """Sent with each request from now on."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": headers})

    def open(self, url):
        """Always a new document, also where only what is behind # is another one."""
        self.driver.get("about:blank")
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def run_module(self, body, *arguments):
        """What an async function with this body, which may import, returns."""
        result = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);"
            "(async (...given) => {" + body + "})(...given).then((value) => done({value}), (error) => done({error: String(error)}));",
            *arguments)
        assert "error" not in result, result["error"]
        return result.get("value")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector)

    def text(self, selector):
        found = self.texts(selector)
        return found[0] if found else None

    def until(self, condition, what, timeout_s=WAIT_S):
        deadline = time.monotonic() + timeout_s
        while not (found := condition()):
            assert time.monotonic() < deadline, f"{what}; the page says: {self.run('return document.body.innerText')[:1500]}"
            time.sleep(0.02)
        return found

    def wait(self, selector, text="", timeout_s=WAIT_S):
        """Until one of these holds the text."""
        self.until(lambda: any(text in one for one in self.texts(selector)), f"no {selector} with {text!r}", timeout_s)

    def click(self, selector, text=""):
        """The first that holds the text."""
        for one in self.until(lambda: self.all(selector), f"no {selector}"):
            if text in one.text:
                self.run("arguments[0].scrollIntoView({block: 'center'})", one)  # not behind what is sticky
                one.click()
                return
        raise AssertionError(f"no {selector} with {text!r}")

    def press(self, *keys):
        """Whatever has the focus gets them."""
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def focus(self):
        """The first words of what has the focus."""
        return self.run("return document.activeElement.textContent.trim().slice(0, 60)")

    def complaints(self):
        """What the browser had to say since it was last asked: the console, the security policy, dialogs."""
        logged = [f"{one['level']} {one['message']}" for one in self.driver.get_log("browser")]
        return logged + self.run("return window.violations?.splice(0) ?? []")

    def accessibility(self):
        """What is wrong for those who don't see, don't point, or see little."""
        problems = self.run(_CHECK)
        for node in self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
            role = node.get("role", {}).get("value")
            if not node["ignored"] and role in _NAMED and not node.get("name", {}).get("value", "").strip():
                problems.append(f"a {role} without name: {node.get('properties')}")
        return problems

    def long_tasks(self):
        """Milliseconds of each time that the page didn't answer, since it was last asked."""
        return self.run("return window.long_tasks.splice(0)")

    def screenshot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        assert self.driver.save_screenshot(str(path))
        return path
