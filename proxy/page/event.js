// One event: a row of the timeline, and what is under it once it is opened.

import {read} from "/page/bytes.js";
import {readOne} from "/page/commands.js";
import {copyButton} from "/page/copy.js";
import {el, hide, icon, shown, word} from "/page/dom.js";
import {escaped} from "/page/hidden.js";
import {coloured, typeIn, withoutType} from "/page/json_text.js";
import {whenNear} from "/page/near.js";
import {format} from "/page/route.js";
import {Value} from "/page/value.js";
import {valueView} from "/page/value_view.js";
import {clock, counted, duration, size} from "/page/words.js";

const TYPE_HEADERS = ["type", "event-type", "event_type", "eventtype", "ce_type", "ce-type"];
const PREVIEW_LENGTH = 240;
const CHANGES = "changes";

/** An event as the API has it, decoded. */
export function eventOf(fields) {
    const value = new Value(fields.value, fields.value_encoding);
    const headers = fields.headers.map((one) => ({key: read(one, "key"), value: read(one, "value")}));
    const named = headers.find(({key, value: type}) => type && TYPE_HEADERS.includes(key.toLowerCase()));
    return {
        order: fields.order,
        offset: fields.offset,
        time: fields.timestamp,
        headers,
        value,
        size: value.size,
        type: named ? named.value : typeIn(value.head(1000)),
        // Orders are places in the log, whatever a record says that was written past bkes.
        claims: headers.find(({key, value: said}) => key === "order" && /^[0-9]+$/.test(said ?? "")
            && said.replace(/^0+(?=.)/, "") !== String(fields.order))?.value ?? null,
    };
}

export function timeOf(ms, properties = {}) {
    const at = clock(ms);
    return at === null ? el("span", properties, "no time") : el("time", {
        datetime: new Date(ms).toISOString(), title: new Date(ms).toISOString(), ...properties,
    }, el("span", {class: "day"}, at.day), " ", at.time, el("span", {class: "part"}, at.part));
}

/** The beginning of a value in a line. */
function preview(value) {
    if (value.isNull) {
        return el("span", {class: "none"}, "null");
    }
    if (value.size === 0) {
        return el("span", {class: "none"}, "(empty)");
    }
    const head = withoutType(value.head(PREVIEW_LENGTH).replace(/[ \t\r\n]+/g, " "));
    return /^ ?[[{]/.test(head) ? coloured(head).map(([kind, part]) => (kind === "" ? shown(part)
        : el("span", {class: `json-${kind}`}, shown(part)))) : shown(head);
}

function fact(name, ...what) {
    return el("div", {}, el("dt", {}, name), el("dd", {}, what));
}

function headersTable(headers) {
    if (headers.length === 0) {
        return el("p", {class: "faint"}, "No headers.");
    }
    return el("table", {class: "headers"}, el("caption", {}, "Headers"),
        el("tbody", {}, headers.map(({key, value}) => el("tr", {}, el("th", {scope: "row"}, word(key)),
            el("td", {}, value === null ? el("span", {class: "none"}, "null") : word(value, {}, 4000))))));
}

export class EventRow {
    #at;
    #head;
    #gap = el("span", {class: "gap"});
    #body = null;
    #view = null;

    /** at: {topic, key, partition, before(order): promise of a Value or null, isFirst(order), tell(row)} */
    constructor(event, at) {
        this.event = event;
        this.#at = at;
        const {order, value} = event;
        this.#head = el("button", {
            type: "button", class: "event-head", "data-row": true, tabindex: "-1", "aria-expanded": "false",
            onclick: () => this.toggle(),
        },
        el("span", {class: "node", "aria-hidden": "true"}),
        el("span", {class: "order"}, el("span", {class: "away"}, "Event "), String(order)),
        el("span", {class: "what"}, event.type && [word(event.type, {class: "type"}, 80), " "],
            event.claims && [el("span", {class: "warning"}, `header says ${event.claims.slice(0, 20)}`), " "],
            el("span", {class: "preview"}, preview(value))),
        el("span", {class: "facts"}, this.#gap, timeOf(event.time, {class: "time"}),
            el("span", {class: "size"}, size(event.size))),
        icon("opens"));
        this.root = el("li", {class: "event", "data-order": String(order)}, this.#head);
    }

    get head() {
        return this.#head;
    }

    get isOpen() {
        return this.#body !== null;
    }

    /** Time since the event before; null if that isn't known. */
    setGap(ms) {
        this.#gap.replaceChildren(...(ms === null || ms <= 0 ? [] : [`+${duration(ms)}`]));
    }

    markNew() {
        this.root.classList.add("is-new");
    }

    toggle() {
        if (this.isOpen) {
            this.close();
        } else {
            this.open();
        }
    }

    close() {
        this.#body?.remove();
        this.#body = this.#view = null;
        this.root.classList.remove("is-open");
        this.#head.setAttribute("aria-expanded", "false");
        this.#head.removeAttribute("aria-controls");
    }

    /** `later`: only when somebody comes near. */
    open({later = false} = {}) {
        if (this.isOpen) {
            return;
        }
        const id = `event-${this.event.order}`;
        this.#body = el("div", {class: "event-body", id});
        this.root.append(this.#body);
        this.root.classList.add("is-open");
        this.#head.setAttribute("aria-expanded", "true");
        this.#head.setAttribute("aria-controls", id);
        const body = this.#body;
        if (later) {
            whenNear(body, () => body === this.#body && this.#fill());
        } else {
            this.#fill();
        }
    }

    /** Opens it, and looks at what changed since the event before; back to the value if that is shown. */
    showChanges() {
        this.open();
        this.#fill();
        this.#view.choose(this.#view.kind === CHANGES ? this.#view.kinds[0] : CHANGES);
    }

    copyCommand() {
        this.open();
        this.#fill();
        this.#body.querySelector("[data-copy=kcat]:not([hidden])")?.click();
    }

    #fill() {
        if (this.#view !== null) {
            return;
        }
        const {event} = this;
        const {topic, key, partition} = this.#at;
        this.#view = valueView(event.value, this.#at.isFirst(event.order) ? null : () => this.#at.before(event.order));
        const command = () => readOne(topic, key, event.order);
        const kcat = copyButton("Copy as kcat", "Command", command, {"data-copy": "kcat"});
        hide(kcat, command() === null);
        this.#body.append(
            el("dl", {class: "meta"},
                fact("Order", String(event.order)), fact("Offset", String(event.offset)), fact("Partition", String(partition())),
                fact("Time", timeOf(event.time)), fact("Size", counted(event.size, "byte"))),
            headersTable(event.headers),
            el("div", {class: "value-bar"}, this.#view.tabs, el("div", {class: "actions"},
                copyButton("Copy value", "Value", () => (event.value.isText ? event.value.text : escaped(event.value.text, "\n\t")),
                    {hidden: event.value.isNull}),
                kcat,
                copyButton("Copy link", "Link", () => `${location.origin}/${format({topic, key, at: event.order})}`))),
            this.#view.place);
    }
}
