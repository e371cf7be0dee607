// An aggregate: what is known of it, its events, and what comes.
//
// The rows are a run of orders without a hole, from `lo` to `hi`. It grows at both ends by pages, and at its newer end
// by the tail whenever it reaches up to there.

import {say} from "/page/announce.js";
import {ask, paths} from "/page/api.js";
import {el, hide, icon, word} from "/page/dom.js";
import {EventRow, eventOf} from "/page/event.js";
import {wheneverNear} from "/page/near.js";
import {problemBox} from "/page/problem.js";
import {Rows} from "/page/rows.js";
import {Stream} from "/page/stream.js";
import {TimelineHead} from "/page/timeline_head.js";
import {counted, number} from "/page/words.js";

const PAGE = 100;
const BY_ITSELF_MAX = 5000;       // rows; beyond, further pages are asked for by a person
const ROWS_MAX = 3000;            // what the tail lets stand
const BYTES_MAX = 64 << 20;
const FRAME_ROWS = 200;           // of the tail, at once

export class Timeline {
    #route;
    #rows = new Map();            // order -> EventRow
    #lo = 0;
    #hi = -1;
    #start = 0;
    #next = 0;
    #partition = null;
    #bytes = 0;
    #stream = null;
    #came = [];                   // of the tail, not shown yet
    #fresh = 0;                   // shown, but above what a person sees
    #allOpen = false;
    #stop = new AbortController();
    #head;
    #list = el("ol", {class: "events", "aria-label": "Events"});
    #focus = new Rows(this.#list);
    #newer = this.#edge("newer");
    #older = this.#edge("older");
    #note = el("div", {class: "note"});
    #pill = el("button", {type: "button", class: "pill", hidden: true, onclick: () => this.#toNewest()});
    #isLoading = {newer: false, older: false};

    constructor(route) {
        this.#route = route;
        this.#head = new TimelineHead(route, {
            openAll: (open) => this.#openAll(open),
            pause: () => this.togglePause(),
        });
        this.root = el("article", {class: "timeline", "aria-labelledby": "key"}, this.#head.root, this.#pill,
            this.#isDown ? [this.#older.root, this.#note, this.#list, this.#newer.root]
                : [this.#newer.root, this.#note, this.#list, this.#older.root]);
        this.root.classList.toggle("is-down", this.#isDown);
        this.#load();
    }

    /** Whether time runs downwards. */
    get #isDown() {
        return this.#route.order === "asc";
    }

    get isEmpty() {
        return this.#rows.size === 0;
    }

    close() {
        this.#stop.abort();
        this.#stream?.close();
        this.root.remove();
    }

    focusHead() {
        this.#head.focus();
    }

    move(steps) {
        return this.#focus.move(steps);
    }

    get hasFocus() {
        return this.#list.contains(document.activeElement);
    }

    /** The row with the focus, or null. */
    get row() {
        const row = this.hasFocus ? document.activeElement.closest(".event") : null;
        return row && this.#rows.get(Number(row.dataset.order));
    }

    askForOrder() {
        this.#head.askForOrder();
    }

    togglePause() {
        if (this.#stream?.isPaused) {
            this.#stream.resume();
        } else if (["ended", "waiting"].includes(this.#stream?.state.name)) {
            this.#stream.resume();
        } else {
            this.#stream?.pause();
        }
    }

    async #page(from, order) {
        const {topic, key} = this.#route;
        const page = await ask(paths.events(topic, key, {from, order, limit: PAGE}), {signal: this.#stop.signal});
        this.#start = page.start_order;
        this.#next = Math.max(this.#next, page.next_order);
        this.#partition = page.partition;
        const events = page.events.map(eventOf);
        return order === "asc" ? events : events.reverse();
    }

    async #load() {
        const {at, order} = this.#route;
        this.#note.replaceChildren(el("p", {class: "faint loading"}, "Reading…"));
        try {
            const events = await this.#page(at, order);
            this.#hi = this.#next - 1;
            this.#lo = this.#next;
            if (events.length > 0) {
                this.#lo = events[0].order;
                this.#hi = this.#lo - 1;
                this.#addNewer(events);
            }
            this.#settle();
            this.#rows.get(at)?.open();
            this.#rows.get(at)?.head.focus();
            if (at !== null && at >= this.#next) {
                say(`There is no event ${at} yet`);
            }
            this.#tail();
            say(this.#next === 0 ? "No event yet, waiting" : `${counted(this.#next - this.#start, "event")}`);
        } catch (problem) {
            if (!this.#stop.signal.aborted) {
                this.#head.setState(null);
                this.#note.replaceChildren(problemBox(problem, () => this.#load()));
            }
        }
    }

    #tail() {
        const {topic, key} = this.#route;
        this.#stream = new Stream(() => paths.tail(topic, key, this.#next), {
            state: (state) => this.#head.setState(state),
            message: (fields) => this.#comes(eventOf(fields)),
        });
    }

    #comes(event) {
        if (event.order < this.#next) {
            return;
        }
        this.#next = event.order + 1;
        this.#came.push(event);
        if (this.#came.length === 1) {
            requestAnimationFrame(() => this.#showCome());
        }
    }

    /** What came since the last frame. */
    #showCome() {
        if (this.#stop.signal.aborted) {
            return;
        }
        if (this.#came.length > ROWS_MAX) {
            this.#came = this.#came.slice(-PAGE);
            this.#forget();
            this.#lo = this.#came[0].order;
            this.#hi = this.#lo - 1;
        }
        const now = this.#came.splice(0, FRAME_ROWS);
        const shown = now.filter(({order}) => order > this.#hi);  // a page may have brought the others
        if (shown[0]?.order === this.#hi + 1) {
            this.#addNewer(shown, true);
            this.#trim();
            if (!this.#isDown && scrollY > 200 || this.#isDown && !this.#sees(this.#rows.get(this.#hi).root)) {
                this.#fresh += shown.length;
            }
        }
        this.#settle();
        say(`${counted(now.length, "new event")}, the newest is event ${now.at(-1).order}${now.at(-1).type
            ? `, ${now.at(-1).type.slice(0, 80)}` : ""}`);
        if (this.#came.length > 0) {
            requestAnimationFrame(() => this.#showCome());
        }
    }

    #sees(element) {
        return element.getBoundingClientRect().top < innerHeight;
    }

    #rowOf(event, isNew) {
        const {topic, key} = this.#route;
        const row = new EventRow(event, {
            topic, key,
            partition: () => this.#partition,
            isFirst: (order) => order <= this.#start,
            before: (order) => this.#valueBefore(order),
        });
        if (isNew) {
            row.markNew();
        }
        if (this.#allOpen) {
            row.open({later: true});
        }
        this.#rows.set(event.order, row);
        this.#bytes += event.size;
        return row;
    }

    async #valueBefore(order) {
        const known = this.#rows.get(order - 1);
        if (known) {
            return known.event.value;
        }
        const {topic, key} = this.#route;
        const page = await ask(paths.events(topic, key, {from: order - 1, limit: 1}), {signal: this.#stop.signal});
        return page.events[0]?.order === order - 1 ? eventOf(page.events[0]).value : null;
    }

    /** Events in ascending order, behind `hi`. */
    #addNewer(events, isNew = false) {
        const rows = events.filter(({order}) => order > this.#hi).map((one) => this.#rowOf(one, isNew));
        this.#place(rows, this.#isDown);
    }

    /** Events in ascending order, before `lo`. */
    #addOlder(events) {
        const rows = events.filter(({order}) => order < this.#lo).map((one) => this.#rowOf(one, false));
        this.#place(rows, !this.#isDown);
    }

    #place(rows, atEnd) {
        if (rows.length === 0) {
            return;
        }
        const [first, last] = [rows[0].event.order, rows.at(-1).event.order];
        const roots = (this.#isDown ? rows : [...rows].reverse()).map(({root}) => root);
        if (atEnd) {
            this.#list.append(...roots);
        } else {
            this.#list.prepend(...roots);
        }
        this.#lo = Math.min(this.#lo, first);
        this.#hi = Math.max(this.#hi, last);
        for (let order = first; order <= last + 1; ++order) {
            const [row, before] = [this.#rows.get(order), this.#rows.get(order - 1)];
            row?.setGap(before && row.event.time >= 0 ? row.event.time - before.event.time : null);
        }
    }

    #forget() {
        this.#list.replaceChildren();
        this.#rows.clear();
        this.#bytes = 0;
    }

    /** A tail that runs for days doesn't take all memory: the oldest rows go, and can be asked for again. */
    #trim() {
        while (this.#rows.size > 1 && (this.#rows.size > ROWS_MAX || this.#bytes > BYTES_MAX)) {
            const row = this.#rows.get(this.#lo);
            this.#bytes -= row.event.size;
            row.root.remove();
            this.#rows.delete(this.#lo++);
        }
    }

    #edge(which) {
        const button = el("button", {type: "button", class: "edge", onclick: () => this.#extend(which)});
        const problem = el("div", {});
        const root = el("div", {class: `edge-place ${which}`, hidden: true}, button, problem);
        return {root, button, problem};
    }

    async #extend(which) {
        const isNewer = which === "newer";
        const edge = isNewer ? this.#newer : this.#older;
        if (this.#isLoading[which]) {
            return;
        }
        this.#isLoading[which] = true;
        const hadFocus = document.activeElement === edge.button;
        try {
            const events = await this.#page(isNewer ? this.#hi + 1 : this.#lo - 1, isNewer ? "asc" : "desc");
            edge.problem.replaceChildren();
            if (isNewer) {
                this.#addNewer(events);
            } else {
                this.#addOlder(events);
                if (events.length === 0) {
                    this.#start = this.#lo;  // retention took them meanwhile
                }
            }
            this.#settle();
            edge.lookAgain?.();
            if (hadFocus && edge.root.hidden) {
                this.#rows.get(isNewer ? this.#hi : this.#lo)?.head.focus();
            }
        } catch (problem) {
            if (!this.#stop.signal.aborted) {
                edge.problem.replaceChildren(problemBox(problem, () => this.#extend(which)));
            }
        } finally {
            this.#isLoading[which] = false;
        }
    }

    /** Everything that follows from lo, hi, start and next. */
    #settle() {
        const [older, newer] = [this.#lo - this.#start, this.#next - 1 - this.#hi];
        for (const [edge, left, name] of [[this.#older, older, "older"], [this.#newer, newer, "newer"]]) {
            hide(edge.root, left <= 0);
            edge.button.textContent = `Show ${number(Math.min(left, PAGE))} ${name}${left > PAGE ? ` of ${number(left)}` : ""}`;
        }
        this.#head.setFacts({
            start: this.#start, next: this.#next, partition: this.#partition,
            time: this.#rows.get(this.#next - 1)?.event.time ?? null,
        });
        this.#note.replaceChildren(...this.#noteNodes(older, newer));
        this.#focus.settle();
        this.#pillSays();
        this.#watch();
    }

    #noteNodes(older, newer) {
        if (!this.isEmpty) {
            return [];
        }
        if (this.#next === 0) {
            return [el("div", {class: "blank"}, el("span", {class: "pulse", "aria-hidden": "true"}),
                el("p", {}, "No event yet, waiting."),
                el("p", {class: "faint"}, "The first event of ", word(this.#route.key), " appears here when it is appended."))];
        }
        return [el("div", {class: "blank"}, el("p", {}, this.#route.at >= this.#next
            ? `There is no event ${number(this.#route.at)} yet: the next one is ${number(this.#next)}.`
            : older <= 0 && newer <= 0 ? "All its events were removed from the log." : "Nothing here."))];
    }

    /** The page below is asked for when a person comes near its end. */
    #watch() {
        const below = this.#isDown ? "newer" : "older";
        const edge = this.#isDown ? this.#newer : this.#older;
        if (!edge.lookAgain) {
            addEventListener("scroll", () => this.#pillSays(), {passive: true, signal: this.#stop.signal});
            edge.lookAgain = wheneverNear(edge.root, () => {
                if (!edge.root.hidden && !this.isEmpty && this.#rows.size < BY_ITSELF_MAX && this.#bytes < BYTES_MAX) {
                    this.#extend(below);
                }
            });
        }
    }

    #pillSays() {
        if (this.#fresh > 0 && (this.#isDown ? this.#sees(this.#list.lastElementChild ?? this.#list) : scrollY <= 200)) {
            this.#fresh = 0;
        }
        hide(this.#pill, this.#fresh === 0);
        this.#pill.replaceChildren(icon("away"), counted(this.#fresh, "new event"));
    }

    #toNewest() {
        const row = this.#rows.get(this.#hi);
        row?.root.scrollIntoView({block: this.#isDown ? "end" : "center"});
        row?.head.focus({preventScroll: true});
        this.#fresh = 0;
        this.#pillSays();
    }

    #openAll(open) {
        this.#allOpen = open;
        for (const row of this.#rows.values()) {
            if (open) {
                row.open({later: true});
            } else {
                row.close();
            }
        }
    }
}
