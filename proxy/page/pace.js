// How fast something grows, from what was seen of it now and then.

const SPAN_MS = 20_000;

export class Pace {
    #seen = [];

    add(time, value) {
        if (this.#seen.length > 0 && value < this.#seen.at(-1).value) {
            this.#seen = [];  // it began anew
        }
        this.#seen.push({time, value});
        while (this.#seen.length > 2 && this.#seen[0].time < time - SPAN_MS) {
            this.#seen.shift();
        }
    }

    /** A second; null if that isn't known yet. */
    get perSecond() {
        const first = this.#seen[0];
        const last = this.#seen.at(-1);
        return first && last.time > first.time ? 1000 * (last.value - first.value) / (last.time - first.time) : null;
    }

    /** Milliseconds for so much more; null if nothing moves. */
    timeFor(left) {
        const rate = this.perSecond;
        return rate > 0 ? 1000 * left / rate : null;
    }
}
