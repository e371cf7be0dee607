// How a value is looked at: JSON, text, hex, or what changed since the event before.

import {el, shown} from "/page/dom.js";
import {diff, folded} from "/page/diff.js";
import {hexLines, WIDTH} from "/page/hex.js";
import {coloured} from "/page/json_text.js";
import {longHex, longText} from "/page/long_text.js";
import {problemBox} from "/page/problem.js";
import {counted} from "/page/words.js";

const NAMES = {json: "JSON", text: "Text", hex: "Hex", changes: "Changes"};
const LINES_MAX = 20_000;
const SHOWN_MAX = 2_000;

/** Those that make sense of it, the best one first. */
function viewsOf(value) {
    if (value.isNull) {
        return [];
    }
    return value.json !== null ? ["json", "text", "hex"] : value.isText ? ["text", "hex"] : ["hex", "text"];
}

/** Null: too many. */
function linesOf(value) {
    if (value.isNull) {
        return [];
    }
    if (value.json === null && !value.isText && value.size > WIDTH * LINES_MAX) {
        return null;
    }
    const lines = value.json?.split("\n") ?? (value.isText ? value.text.split("\n") : hexLines(value.bytes));
    return lines.length > LINES_MAX ? null : lines;
}

function changes(before, after) {
    if (before === null) {
        return el("p", {class: "faint"}, "Nothing stands before it.");
    }
    const [from, to] = [linesOf(before), linesOf(after)];
    const lines = from && to && diff(from, to);
    if (lines === null) {
        return el("p", {class: "faint"}, "Too much is different to show it line by line.");
    }
    const changed = lines.filter(([sign]) => sign !== " ").length;
    if (changed === 0) {
        return el("p", {class: "faint"}, "The same value as before.");
    }
    const isJson = before.json !== null && after.json !== null;
    const rows = folded(lines).slice(0, SHOWN_MAX).map(([sign, line]) => {
        if (sign === "…") {
            return el("span", {class: "line same"}, `  ${counted(line, "line")} as before`);
        }
        const kind = {"+": "line added", "-": "line gone", " ": "line"}[sign];
        const parts = (isJson ? coloured(line.slice(0, 2000)) : [["", line.slice(0, 2000)]]).map(([token, part]) =>
            el("span", token === "" ? {} : {class: `json-${token}`}, shown(part, {keep: "\t"})));
        // The sign is text, so that it is read aloud and copied.
        return el("span", {class: kind}, `${sign === "-" ? "−" : sign} `, parts);
    });
    return el("pre", {class: "code diff", tabindex: "0", role: "region", "aria-label": "Changes"}, rows);
}

function content(kind, value, before) {
    switch (kind) {
        case "json":
            return longText(value.json, {isJson: true, bytes: value.size, label: "Value as JSON"});
        case "text":
            return value.size === 0 ? el("p", {class: "faint"}, "Empty: a value of no bytes.")
                : longText(value.text, {bytes: value.size, label: "Value as text"});
        case "hex":
            return longHex(value.bytes, "Value in hex");
        default:
            return changes(before, value);
    }
}

/**
 * {tabs, place, kinds, kind, choose(kind)}. `before()`: promise of the value of the event before, or null; left out
 * where there is none.
 */
export function valueView(value, before) {
    const kinds = [...viewsOf(value), ...(before ? ["changes"] : [])];
    const place = el("div", {class: "value"});
    let chosen = null;
    const buttons = new Map(kinds.map((kind) => [kind, el("button", {
        type: "button", "aria-pressed": "false", onclick: () => choose(kind),
    }, NAMES[kind])]));

    async function choose(kind) {
        if (!buttons.has(kind)) {
            return;
        }
        chosen = kind;
        for (const [one, button] of buttons) {
            button.setAttribute("aria-pressed", String(one === kind));
        }
        try {
            const earlier = kind === "changes" ? await before() : null;
            if (chosen === kind) {
                place.replaceChildren(content(kind, value, earlier));
            }
        } catch (problem) {
            place.replaceChildren(problemBox(problem, () => choose(kind)));
        }
    }

    if (value.isNull) {
        place.append(el("p", {class: "faint"}, "No value: a record with null."));
    } else {
        choose(kinds[0]);
    }
    return {
        tabs: el("div", {class: "tabs", role: "group", "aria-label": "Show the value as"}, [...buttons.values()]),
        place,
        choose,
        get kind() {
            return chosen;
        },
        kinds,
    };
}
