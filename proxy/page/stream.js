// A stream of events that is kept open while somebody looks: it is opened again where it ended, and closed while the
// page is hidden, as a browser has few connections for all of its pages.
//
// States: connecting, live, waiting (it is tried again), ended (by a problem that doesn't pass), paused.

import {openStream, Problem, problemOf, whyNot} from "/page/api.js";
import {look, watch} from "/page/instance.js";

const WAITS_MS = [500, 1000, 2000, 4000, 8000];
const STEADY_MS = 5000;  // so long open: what ends it then is a new story

export class Stream {
    #path;
    #on;
    #source = null;
    #timer = 0;
    #failures = 0;
    #opened = 0;
    #wanted = true;
    #closed = false;
    #state = {name: "connecting"};
    #look = () => this.#follow();
    #unwatch;
    #wasAway = false;

    /** path(): where to go on, asked for at each opening. on: {state(state), message(data, id), events: {name(data)}} */
    constructor(path, on) {
        this.#path = path;
        this.#on = on;
        document.addEventListener("visibilitychange", this.#look);
        addEventListener("online", this.#look);
        this.#unwatch = watch(({problem}) => this.#seen(problem));
        this.#follow();
    }

    get state() {
        return this.#state;
    }

    get isPaused() {
        return !this.#wanted;
    }

    pause() {
        this.#wanted = false;
        this.#stop();
        this.#tell({name: "paused"});
    }

    /** Also: try at once. */
    resume() {
        this.#wanted = true;
        this.#stop();
        this.#tell({name: "connecting"});
        this.#follow();
    }

    close() {
        this.#closed = true;
        this.#stop();
        document.removeEventListener("visibilitychange", this.#look);
        removeEventListener("online", this.#look);
        this.#unwatch();
    }

    /** An instance that is back needn't be waited for. */
    #seen(problem) {
        if (this.#wasAway && problem === null) {
            this.#follow();
        }
        this.#wasAway = problem !== null;
    }

    #follow() {
        if (this.#closed || !this.#wanted || this.#state.name === "ended") {
            return;
        }
        if (document.hidden) {
            this.#stop();
        } else if (this.#source === null) {
            this.#open();
        }
    }

    #open() {
        clearTimeout(this.#timer);
        const source = openStream(this.#path());
        this.#source = source;
        this.#tell({name: "connecting"});
        source.onopen = () => {
            this.#opened = Date.now();
            this.#tell({name: "live"});
        };
        source.onmessage = ({data, lastEventId}) => this.#on.message(JSON.parse(data), lastEventId);
        source.onerror = () => this.#broken(source);
        source.addEventListener("problem", ({data}) => this.#failed(problemOf(JSON.parse(data))));
        for (const [name, heard] of Object.entries(this.#on.events ?? {})) {
            source.addEventListener(name, ({data}) => heard(JSON.parse(data)));
        }
    }

    #stop() {
        clearTimeout(this.#timer);
        this.#source?.close();
        this.#source = null;
    }

    async #broken(source) {
        const wasLive = this.#state.name === "live";
        source.close();
        // EventSource doesn't say why; a stream that was there is just opened again.
        const problem = wasLive ? null : await whyNot(this.#path());
        if (this.#source === source) {
            this.#failed(problem ?? new Problem(0, "", ""));
        }
    }

    #failed(problem) {
        this.#stop();
        if (!problem.passes) {
            this.#tell({name: "ended", problem});
            return;
        }
        if (this.#opened > 0 && Date.now() - this.#opened > STEADY_MS) {
            this.#failures = 0;
        }
        this.#opened = 0;
        const wait = WAITS_MS[Math.min(this.#failures++, WAITS_MS.length - 1)];
        this.#timer = setTimeout(() => this.#follow(), wait);
        this.#tell({name: "waiting", problem});
        if (problem.status === 0) {
            look();
        }
    }

    #tell(state) {
        this.#state = state;
        this.#on.state(state);
    }
}
