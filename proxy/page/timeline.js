// An aggregate: what is known of it, its events, and what comes.
//
// The rows grow at both ends by pages, and at the newer end by the tail whenever they reach up to there.

import {say} from "/page/announce.js";
import {ask, paths} from "/page/api.js";
import {el, hide, icon, word} from "/page/dom.js";
import {Edge} from "/page/edge.js";
import {EventRow, eventOf} from "/page/event.js";
import {EventRun} from "/page/event_run.js";
import {problemBox} from "/page/problem.js";
import {Rows} from "/page/rows.js";
import {Stream} from "/page/stream.js";
import {TimelineHead} from "/page/timeline_head.js";
import {counted, number} from "/page/words.js";

const PAGE = 100;
const ROWS_MAX = 5000;            // beyond, pages are asked for by a person, and the tail pushes old rows out
const WATCHED_ROWS_MAX = 1000;    // the same while somebody watches the newest ones
const BYTES_MAX = 64 << 20;
const FRAME_ROWS = 200;           // of the tail, at once

export class Timeline {
    #route;
    #run;
    #focus;
    #head;
    #start = 0;
    #next = 0;                    // as far as known
    #heard = 0;                   // what the tail brings next
    #partition = null;
    #stream = null;
    #wasLive = false;
    #came = [];                   // of the tail, not shown yet
    #isAtNewest = true;           // what a person sees
    #fresh = 0;                   // shown, but not seen
    #allOpen = false;
    #stop = new AbortController();
    #newer = new Edge("newer", () => this.#loadNewer());
    #older = new Edge("older", () => this.#loadOlder());
    #note = el("div", {class: "note"});
    #mark = el("div", {class: "newest-mark"});
    #pill = el("button", {type: "button", class: "pill", hidden: true, onclick: () => this.#toNewest()});

    constructor(route) {
        this.#route = route;
        this.#run = new EventRun(this.#isDown);
        this.#focus = new Rows(this.#run.root);
        this.#head = new TimelineHead(route, {
            openAll: (open) => this.#openAll(open),
            pause: () => this.togglePause(),
        });
        const fromNewest = [this.#newer.root, this.#mark, this.#note, this.#run.root, this.#older.root];
        this.root = el("article", {class: `timeline${this.#isDown ? " is-down" : ""}`, "aria-labelledby": "key"}, this.#head.root,
            this.#pill, this.#isDown ? fromNewest.reverse() : fromNewest);
        const below = this.#isDown ? this.#newer : this.#older;
        below.loadWhenNear(() => this.#run.count > 0 && this.#run.count < ROWS_MAX && this.#run.bytes < BYTES_MAX);
        new IntersectionObserver(([entry]) => this.#sees(entry.isIntersecting)).observe(this.#mark);
        this.#load();
    }

    /** Whether time runs downwards. */
    get #isDown() {
        return this.#route.order === "asc";
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

    /** The row with the focus, or null. */
    get row() {
        const row = this.#focus.hasFocus ? document.activeElement.closest(".event") : null;
        return row && this.#run.get(Number(row.dataset.order));
    }

    askForOrder() {
        this.#head.askForOrder();
    }

    togglePause() {
        if (["live", "connecting"].includes(this.#stream?.state.name)) {
            this.#stream.pause();
        } else {
            this.#stream?.resume();
        }
    }

    /** A page of events in ascending order, whichever order it is read in. */
    async #page(from, order, limit = PAGE) {
        const {topic, key} = this.#route;
        const page = await ask(paths.events(topic, key, {from, order, limit}), {signal: this.#stop.signal});
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
            this.#run.startAt(events[0]?.order ?? this.#next);
            this.#run.add(events.map((one) => this.#rowOf(one)));
        } catch (problem) {
            if (!this.#stop.signal.aborted) {
                this.#head.setState(null);
                this.#note.replaceChildren(problemBox(problem, () => this.#load()));
            }
            return;
        }
        this.#settle();
        this.#run.get(at)?.open();
        this.#run.get(at)?.head.focus();
        say(this.#next === 0 ? "No event yet, waiting" : at >= this.#next ? `There is no event ${at} yet`
            : counted(this.#next - this.#start, "event"));
        this.#tail();
    }

    async #loadNewer() {
        const events = await this.#page(this.#run.hi + 1, "asc");
        this.#run.add(events.filter(({order}) => order > this.#run.hi).map((one) => this.#rowOf(one)));
        this.#settle();
    }

    async #loadOlder() {
        const events = await this.#page(this.#run.lo - 1, "desc");
        this.#run.add(events.filter(({order}) => order < this.#run.lo).map((one) => this.#rowOf(one)));
        if (events.length === 0) {
            this.#start = this.#run.lo;  // retention took them meanwhile
        }
        this.#settle();
    }

    #tail() {
        const {topic, key} = this.#route;
        this.#heard = this.#next;
        this.#stream = new Stream(() => paths.tail(topic, key, this.#heard), {
            state: (state) => this.#hears(state),
            message: (fields) => this.#comes(eventOf(fields)),
        });
    }

    #hears(state) {
        this.#wasLive ||= state.name === "live";
        if (this.#wasLive && state.problem?.status === 400) {
            this.#again();
        } else {
            this.#head.setState(state);
        }
    }

    /** The aggregate ends before what the tail wants next: the topic was made anew. */
    #again() {
        this.#stream.close();
        this.#wasLive = false;
        this.#start = this.#next = 0;
        this.#came = [];
        this.#run.startAt(0);
        this.#load();
    }

    #comes(event) {
        if (event.order < this.#heard) {
            return;
        }
        this.#heard = event.order + 1;
        this.#next = Math.max(this.#next, this.#heard);
        this.#came.push(event);
        if (this.#came.length === 1) {
            requestAnimationFrame(() => this.#showCome());
        }
    }

    /** What came since the last frame. */
    #showCome() {
        if (this.#stop.signal.aborted || this.#came.length === 0) {
            return;
        }
        const reachesUp = this.#came[0].order <= this.#run.hi + 1;
        if (this.#came.length > WATCHED_ROWS_MAX) {
            this.#came = this.#came.slice(-PAGE);  // too much to show all of it
            if (reachesUp) {
                this.#run.startAt(this.#came[0].order);
            }
        }
        const now = this.#came.splice(0, FRAME_ROWS);
        const shown = reachesUp ? now.filter(({order}) => order > this.#run.hi) : [];  // a page may have brought some
        this.#run.add(shown.map((one) => this.#rowOf(one, true)));
        this.#run.trim(this.#isAtNewest ? WATCHED_ROWS_MAX : ROWS_MAX, BYTES_MAX);
        this.#fresh += this.#isAtNewest ? 0 : shown.length;
        this.#settle();
        const {order, type} = now.at(-1);
        say(`${counted(now.length, "new event")}, the newest is event ${order}${type ? `, ${type.slice(0, 80)}` : ""}`);
        if (this.#came.length > 0) {
            requestAnimationFrame(() => this.#showCome());
        }
    }

    #rowOf(event, isNew = false) {
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
        return row;
    }

    async #valueBefore(order) {
        const known = this.#run.get(order - 1);
        const [event] = known ? [known.event] : await this.#page(order - 1, "asc", 1);
        return event?.order === order - 1 ? event.value : null;
    }

    /** Everything that follows from the run of rows, start and next. */
    #settle() {
        const {lo, hi} = this.#run;
        this.#older.setLeft(lo - this.#start, PAGE);
        this.#newer.setLeft(this.#next - 1 - hi, PAGE);
        this.#head.setFacts({
            start: this.#start, next: this.#next, partition: this.#partition,
            time: this.#run.get(this.#next - 1)?.event.time ?? null,
        });
        this.#note.replaceChildren(...(this.#run.count === 0 ? [this.#blank()] : []));
        this.#focus.settle();
        this.#pillSays();
    }

    #blank() {
        const {key, at} = this.#route;
        if (this.#next === 0) {
            return el("div", {class: "blank"}, el("span", {class: "pulse", "aria-hidden": "true"}),
                el("p", {}, "No event yet, waiting."),
                el("p", {class: "faint"}, "The first event of ", word(key), " appears here when it is appended."));
        }
        return el("div", {class: "blank"}, el("p", {}, at >= this.#next
            ? `There is no event ${number(at)} yet: the next one is ${number(this.#next)}.`
            : "Its events were removed from the log."));
    }

    /** Whether the newer end is on the screen. */
    #sees(newest) {
        this.#isAtNewest = newest;
        if (newest) {
            this.#fresh = 0;
            this.#pillSays();
        }
    }

    #pillSays() {
        hide(this.#pill, this.#fresh === 0);
        this.#pill.replaceChildren(icon("away"), counted(this.#fresh, "new event"));
    }

    #toNewest() {
        const row = this.#run.get(this.#run.hi);
        row?.root.scrollIntoView({block: "center"});
        row?.head.focus({preventScroll: true});
    }

    #openAll(open) {
        this.#allOpen = open;
        for (const row of this.#run.rows) {
            if (open) {
                row.open({later: true});
            } else {
                row.close();
            }
        }
    }
}
