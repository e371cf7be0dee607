// Refused appends as they happen.

import {say} from "/page/announce.js";
import {paths} from "/page/api.js";
import {read} from "/page/bytes.js";
import {el, hide, word} from "/page/dom.js";
import {timeOf} from "/page/event.js";
import {problemBox} from "/page/problem.js";
import {format} from "/page/route.js";
import {Rows} from "/page/rows.js";
import {Stream} from "/page/stream.js";
import {counted, number} from "/page/words.js";

const ROWS_MAX = 500;
const STATES = {connecting: "Connecting…", live: "Live", waiting: "Reconnecting…", paused: "Paused", ended: "Stopped"};

/** What a number says that wasn't the next one. */
function meaning({expected, got}) {
    if (got === null) {
        return "no such aggregate";
    }
    return got < expected ? `${number(expected - got)} behind, ${expected - got === 1 ? "another was" : "others were"} first`
        : `${number(got - expected)} ahead`;
}

export class ConflictsView {
    #topic = null;
    #stream = null;
    #known = new Set();
    #fresh = 0;
    #began = 0;
    #body = el("tbody");
    #focus = new Rows(this.#body);
    #state = el("span", {class: "state"});
    #stateText = el("span", {role: "status"});
    #problem = el("div");
    #blank = el("div", {class: "blank"}, el("span", {class: "pulse", "aria-hidden": "true"}), el("p", {}, "No conflicts."),
        el("p", {class: "faint"}, "An append whose order isn't the next one appears here when it is refused."));
    #table = el("table", {class: "conflicts", hidden: true}, el("caption", {class: "away"}, "Conflicts, newest first"),
        el("thead", {}, el("tr", {}, ["Time", "Key", "Expected", "Got", "Which means", "Client", "Partition"]
            .map((name) => el("th", {scope: "col"}, name)))), this.#body);

    constructor() {
        this.root = el("section", {class: "wide-view", "aria-labelledby": "conflicts-title"},
            el("div", {class: "title-line"}, el("h1", {id: "conflicts-title", tabindex: "-1"}, "Conflicts"),
                el("div", {class: "live-box"}, this.#state, this.#stateText)),
            el("p", {class: "facts-line"}, el("span", {}, "Appends that were refused, as their order wasn't the next one of the key. "
                + "The newest is on top; the last ", number(ROWS_MAX), " are kept.")),
            this.#problem, this.#blank, this.#table);
    }

    show({topic}) {
        if (this.#topic === topic && this.#stream !== null) {
            return;
        }
        this.hide();
        this.#topic = topic;
        this.#known.clear();
        this.#body.replaceChildren();
        this.#settle();
        this.#began = Date.now();
        this.#stream = new Stream(() => paths.conflicts(topic), {
            state: (state) => this.#says(state),
            message: (fields, id) => this.#comes(fields, id),
        });
    }

    hide() {
        this.#stream?.close();
        this.#stream = null;
    }

    move(steps) {
        return this.#focus.move(steps);
    }

    #says(state) {
        const look = {live: "live", ended: "bad", paused: "off"}[state.name] ?? "wait";
        this.#state.className = `state state-${look}`;
        if (this.#stateText.textContent !== STATES[state.name]) {
            this.#stateText.textContent = STATES[state.name];
        }
        const isNews = state.problem && (state.problem.status !== 0 || state.name === "ended" || state.problem.title);
        this.#problem.replaceChildren(...(isNews ? [problemBox(state.problem, () => this.#stream?.resume())] : []));
    }

    #comes(fields, id) {
        // A stream that is opened again begins with what is remembered.
        if (id !== "" && this.#known.has(id)) {
            return;
        }
        this.#known.add(id);
        const key = read(fields, "key");
        const isNew = fields.time > this.#began;
        const row = el("tr", {class: isNew ? "is-new" : false},
            el("td", {"data-label": "Time"}, timeOf(fields.time)),
            el("td", {"data-label": "Key", class: "key"}, key === null ? el("span", {class: "none"}, "no key")
                : el("a", {href: format({topic: this.#topic, key}), "data-row": true, tabindex: "-1"}, word(key))),
            el("td", {"data-label": "Expected", class: "number"}, number(fields.expected)),
            el("td", {"data-label": "Got", class: "number bad"}, fields.got === null ? "exists" : number(fields.got)),
            el("td", {"data-label": "Which means"}, meaning(fields)),
            el("td", {"data-label": "Client"}, fields.client_id === null ? el("span", {class: "none"}, "unknown")
                : word(fields.client_id)),
            el("td", {"data-label": "Partition", class: "number"}, String(fields.partition)));
        this.#body.prepend(row);
        while (this.#body.childElementCount > ROWS_MAX) {
            this.#body.lastElementChild.remove();
        }
        if (this.#known.size > 4 * ROWS_MAX) {
            this.#known = new Set([...this.#known].slice(-2 * ROWS_MAX));
        }
        if (isNew) {
            say(`${counted(++this.#fresh, "new conflict")}, the last on key ${key ?? "none"}`);
        }
        this.#settle();
    }

    #settle() {
        const isEmpty = this.#body.childElementCount === 0;
        hide(this.#blank, !isEmpty);
        hide(this.#table, isEmpty);
        this.#focus.settle();
    }
}
