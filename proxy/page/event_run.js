// The rows of a timeline: a run of orders without a hole, from `lo` to `hi`, that grows and shrinks at its ends.

import {el} from "/page/dom.js";

export class EventRun {
    #rows = new Map();  // order -> EventRow
    #isDown;
    lo = 0;
    hi = -1;
    bytes = 0;          // of values
    root = el("ol", {class: "events", "aria-label": "Events"});

    /** isDown: time runs downwards. */
    constructor(isDown) {
        this.#isDown = isDown;
    }

    get count() {
        return this.#rows.size;
    }

    get rows() {
        return this.#rows.values();
    }

    get(order) {
        return this.#rows.get(order);
    }

    /** Empty; the next event is this one. */
    startAt(order) {
        this.root.replaceChildren();
        this.#rows.clear();
        this.bytes = 0;
        this.lo = order;
        this.hi = order - 1;
    }

    /** Rows in ascending order, right behind `hi` or right before `lo`. */
    add(rows) {
        if (rows.length === 0) {
            return;
        }
        const [first, last] = [rows[0].event.order, rows.at(-1).event.order];
        const isAtEnd = (first > this.hi) === this.#isDown;
        const roots = (this.#isDown ? rows : [...rows].reverse()).map(({root}) => root);
        if (isAtEnd) {
            this.root.append(...roots);
        } else {
            this.root.prepend(...roots);
        }
        for (const row of rows) {
            this.#rows.set(row.event.order, row);
            this.bytes += row.event.size;
        }
        this.lo = Math.min(this.lo, first);
        this.hi = Math.max(this.hi, last);
        for (let order = first; order <= last + 1; ++order) {
            const [row, before] = [this.get(order), this.get(order - 1)];
            row?.setGap(before && row.event.time >= 0 ? row.event.time - before.event.time : null);
        }
    }

    /** The oldest rows go until no more are left than that. */
    trim(countMax, bytesMax) {
        while (this.count > 1 && (this.count > countMax || this.bytes > bytesMax)) {
            const row = this.get(this.lo);
            this.bytes -= row.event.size;
            row.root.remove();
            this.#rows.delete(this.lo++);
        }
    }
}
