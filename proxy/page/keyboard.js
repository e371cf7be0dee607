// Single keys, where nobody types. They can be turned off in the help, as who speaks to a computer needs.

import {el} from "/page/dom.js";

const HELP = [
    ["/", "search"],
    ["j  ↓", "next row"],
    ["k  ↑", "row before"],
    ["Enter", "open or close"],
    ["Esc", "back"],
    ["d", "changes since the event before"],
    ["c", "copy the event as kcat command"],
    ["g", "go to an order"],
    ["r", "newest or oldest first"],
    ["p", "pause or resume live events"],
    ["1  2  3", "events, conflicts, partitions"],
    ["?", "this help"],
];
const STORED = "bkes.single-keys";

function isOn() {
    try {
        return localStorage.getItem(STORED) !== "off";
    } catch {
        return true;
    }
}

function turn(on) {
    try {
        localStorage.setItem(STORED, on ? "on" : "off");
    } catch {
        // Private windows may forbid it; then it counts until the page is left.
    }
}

export function helpDialog() {
    const toggle = el("input", {type: "checkbox", onchange: () => turn(toggle.checked)});
    toggle.checked = isOn();
    const dialog = el("dialog", {class: "help", "aria-labelledby": "help-title"},
        el("form", {method: "dialog"}, el("h2", {id: "help-title"}, "Keys"),
            el("button", {class: "small", "aria-label": "Close"}, "Close")),
        el("dl", {}, HELP.map(([keys, what]) => el("div", {}, el("dt", {}, keys.split("  ").map((one) => el("kbd", {}, one))),
            el("dd", {}, what)))),
        el("label", {class: "toggle"}, toggle, "Single keys do this"));
    dialog.addEventListener("click", ({target}) => target === dialog && dialog.close());
    return dialog;
}

const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

/** actions: {key: function}; one that returns false has nothing to do, and the browser does its own. */
export function listen(actions) {
    document.addEventListener("keydown", (press) => {
        const {key, target} = press;
        if (press.defaultPrevented || press.ctrlKey || press.altKey || press.metaKey || press.isComposing
            || document.querySelector("dialog[open]")) {
            return;
        }
        const typing = isTyping(target);
        const isNamed = key.length > 1;  // Escape, ArrowDown: no text
        if (!Object.hasOwn(actions, key) || !isNamed && (typing || !isOn())) {
            return;
        }
        if (actions[key](target, typing) !== false) {
            press.preventDefault();
        }
    });
}
