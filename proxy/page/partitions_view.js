// The partitions of this instance: whose they are, how far, how long yet.

import {el, icon, shown} from "/page/dom.js";
import {look, lookOften, watch} from "/page/instance.js";
import {Pace} from "/page/pace.js";
import {problemBox} from "/page/problem.js";
import {counted, duration, number} from "/page/words.js";

const STATES = {
    ready: ["good", "good", "Ready", "this instance"],
    catching_up: ["wait", "wait", "Catching up", "this instance, soon"],
    held: ["wait", "warn", "Held", "nobody now"],
    lost_to_another_instance: ["away", "bad", "Lost", "another instance"],
};
const HELP = {
    held: "No leader, or another application's transaction is open: it comes back by itself.",
    lost_to_another_instance: "Another instance has taken it over.",
};

export class PartitionsView {
    #paces = new Map();
    #facts = el("p", {class: "facts-line"});
    #problem = el("div");
    #body = el("tbody");
    #isShown = false;
    #seen = null;

    constructor() {
        this.root = el("section", {class: "wide-view", "aria-labelledby": "partitions-title"},
            el("div", {class: "title-line"}, el("h1", {id: "partitions-title", tabindex: "-1"}, "Partitions")),
            this.#facts, this.#problem,
            el("table", {class: "partitions"}, el("caption", {class: "away"}, "Partitions of the guarded topics"),
                el("thead", {}, el("tr", {}, ["Partition", "State", "Owner", "Stored", "Log end", "Lag", "Progress"]
                    .map((name) => el("th", {scope: "col"}, name)))), this.#body));
        watch((seen) => this.#comes(seen));
    }

    show() {
        this.#isShown = true;
        lookOften(true);
        this.#draw();
    }

    hide() {
        this.#isShown = false;
        lookOften(false);
    }

    #comes(seen) {
        this.#seen = seen;
        if (seen.problem === null) {
            for (const one of seen.status.partitions) {
                const name = `${one.topic}/${one.partition}`;
                if (one.state !== "catching_up") {
                    this.#paces.delete(name);
                    continue;
                }
                this.#paces.set(name, this.#paces.get(name) ?? new Pace());
                this.#paces.get(name).add(seen.time, one.stored_offset);
            }
        }
        this.#draw();
    }

    #draw() {
        if (!this.#isShown || this.#seen === null) {
            return;
        }
        const {status, problem} = this.#seen;
        this.#problem.replaceChildren(...(problem ? [problemBox(problem, look)] : []));
        this.root.classList.toggle("is-old", problem !== null);
        if (status === null) {
            return;
        }
        const ready = status.partitions.filter(({state}) => state === "ready").length;
        this.#facts.replaceChildren(...[
            `${ready} of ${counted(status.partitions.length, "partition")} ready`, status.phase,
            ["instance ", shown(status.instance, {max: 100})], counted(status.connections, "connection"), `bkes ${status.version}`,
        ].map((one) => el("span", {}, one)));
        this.#body.replaceChildren(...status.partitions.map((one) => this.#row(one)));
    }

    #row(one) {
        const [sign, badge, name, owner] = STATES[one.state] ?? ["bad", "bad", one.state, "unknown"];
        const cell = (label, properties, ...what) => el("td", {"data-label": label, ...properties}, what);
        return el("tr", {},
            el("th", {scope: "row"}, one.topic, " ", el("span", {class: "part-number"}, String(one.partition))),
            cell("State", {}, el("span", {class: `badge badge-${badge}`, title: HELP[one.state] ?? false}, icon(sign), name)),
            cell("Owner", {}, owner),
            cell("Stored", {class: "number"}, number(one.stored_offset)),
            cell("Log end", {class: "number"}, number(one.end_offset)),
            cell("Lag", {class: "number"}, number(one.lag)),
            cell("Progress", {class: "progress-cell"}, this.#progress(one)));
    }

    #progress(one) {
        if (one.state !== "catching_up") {
            return HELP[one.state] ? el("span", {class: "faint"}, HELP[one.state]) : [];
        }
        const share = one.end_offset > 0 ? one.stored_offset / one.end_offset : 0;
        const pace = this.#paces.get(`${one.topic}/${one.partition}`);
        const left = pace?.timeFor(one.lag) ?? null;
        return [
            el("progress", {max: "1", value: String(share), "aria-label": `Partition ${one.partition} of ${one.topic}`}),
            el("span", {}, `${Math.floor(100 * share)} %`),
            el("span", {class: "faint"}, left === null ? "" : `${number(Math.round(pace.perSecond))} a second, ${duration(left)} left`),
        ];
    }
}
