// Where a person is, in the URL behind #, so that it can be linked to and "back" works:
//
//   #/events/TOPIC?prefix=order-&key=order-42&at=17&order=asc     #/conflicts/TOPIC     #/partitions/TOPIC
//
// Prefix and key are percent-encoded bytes. Without `order` the newest event comes first.

import {percentDecode, percentEncode} from "/page/bytes.js";

export const VIEWS = ["events", "conflicts", "partitions"];

export function parse(hash) {
    const [path, query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
    const [view, topic = ""] = path.split("/");
    const given = new Map(query.split("&").map((pair) => pair.split(/=(.*)/s)).map(([name, value = ""]) => [name, value]));
    const text = (name) => (given.has(name) ? percentDecode(given.get(name)) : null);
    const at = /^[0-9]{1,15}$/.test(given.get("at") ?? "") ? Number(given.get("at")) : null;
    return {
        view: VIEWS.includes(view) ? view : "events",
        topic: percentDecode(topic),
        prefix: text("prefix") ?? "",
        key: text("key"),
        at,
        order: given.get("order") === "asc" ? "asc" : "desc",
    };
}

export function format({view = "events", topic = "", prefix = "", key = null, at = null, order = "desc"}) {
    const query = [];
    if (view === "events") {
        if (prefix !== "") {
            query.push(`prefix=${percentEncode(prefix)}`);
        }
        if (key !== null) {
            query.push(`key=${percentEncode(key)}`);
            if (at !== null) {
                query.push(`at=${at}`);
            }
        }
        if (order === "asc") {
            query.push("order=asc");
        }
    }
    return `#/${view}/${percentEncode(topic)}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

const listeners = new Set();

/** Calls back with the route, now and whenever it is another one. */
export function follow(listener) {
    listeners.add(listener);
    listener(current());
}

export const current = () => parse(location.hash);

/** `replace`: no step for "back". */
export function go(route, {replace = false} = {}) {
    const hash = format(route);
    if (replace) {
        history.replaceState(null, "", hash);
        tell();
    } else if (location.hash === hash) {
        tell();
    } else {
        location.hash = hash;  // hashchange tells
    }
}

function tell() {
    for (const listener of listeners) {
        listener(current());
    }
}

addEventListener("hashchange", tell);
