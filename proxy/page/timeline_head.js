// The head of an aggregate: its key, numbers, the state of its tail, where to go in it, and commands for a shell.

import {appendNext, readAll, readNew} from "/page/commands.js";
import {copyButton} from "/page/copy.js";
import {el, hide, icon, word} from "/page/dom.js";
import {plainWords} from "/page/problem.js";
import {format, go} from "/page/route.js";
import {ago, counted, number} from "/page/words.js";

const STATES = {
    connecting: ["wait", "Connecting…", "Pause"],
    live: ["live", "Live", "Pause"],
    waiting: ["wait", "Reconnecting…", "Now"],
    paused: ["off", "Paused", "Resume"],
    ended: ["bad", "Stopped", "Try again"],
};

export class TimelineHead {
    #route;
    #title;
    #facts = el("p", {class: "facts-line"});
    #state = el("span", {class: "state"});
    #stateText = el("span", {role: "status"});
    #pause;
    #why = el("p", {class: "why"});
    #jump;
    #commands = el("div", {class: "commands-body"});
    #details;
    #lines = null;
    #next = null;

    /** on: {openAll(open), pause()} */
    constructor(route, on) {
        this.#route = route;
        this.#title = el("h1", {id: "key", tabindex: "-1"}, word(route.key, {}, 2000));
        this.#pause = el("button", {type: "button", class: "small", onclick: on.pause}, "Pause");
        this.#jump = el("input", {
            type: "text", inputmode: "numeric", pattern: "[0-9]{1,15}", placeholder: "Go to order", "aria-label": "Go to order",
            autocomplete: "off", size: "10",
        });
        this.#details = el("details", {class: "commands", ontoggle: () => this.#fillCommands()},
            el("summary", {}, "Commands"), this.#commands);
        this.root = el("header", {class: "timeline-head"},
            el("a", {class: "back", href: format({...route, key: null, at: null})}, icon("back"), "Aggregates"),
            el("div", {class: "title-line"}, this.#title,
                el("div", {class: "live-box"}, this.#state, this.#stateText, this.#pause)),
            this.#facts, this.#why,
            el("div", {class: "tools"}, this.#directions(), this.#openAll(on.openAll), this.#jumpForm(), this.#details));
        hide(this.#why, true);
        this.setState({name: "connecting"});
    }

    focus() {
        this.#title.focus({preventScroll: true});
    }

    askForOrder() {
        this.#jump.focus();
        this.#jump.select();
    }

    #directions() {
        const link = (order, text) => el("a", {
            href: format({...this.#route, at: null, order}),
            "aria-current": this.#route.order === order && "true",
        }, text);
        return el("div", {class: "tabs", role: "group", "aria-label": "Direction"},
            link("desc", "Newest first"), link("asc", "Oldest first"));
    }

    #jumpForm() {
        return el("form", {class: "jump", onsubmit: (submit) => {
            submit.preventDefault();
            const order = this.#jump.value.trim();
            if (/^[0-9]{1,15}$/.test(order)) {
                go({...this.#route, at: Number(order)});
            }
        }}, this.#jump, el("button", {type: "submit", class: "small"}, "Go"));
    }

    #openAll(openAll) {
        const button = el("button", {type: "button", class: "small", "aria-pressed": "false", onclick: () => {
            const open = button.getAttribute("aria-pressed") !== "true";
            button.setAttribute("aria-pressed", String(open));
            openAll(open);
        }}, "Open all");
        return button;
    }

    setFacts({start, next, partition, time}) {
        if (next === 0 && this.#next === null) {
            this.#details.open = true;  // how to append the first one
        }
        this.#next = next;
        const count = next - start;
        const parts = next === 0 ? ["New key"] : [
            counted(count, "event"),
            start > 0 ? `the first is ${number(start)}, older ones were removed` : null,
            ["next order ", el("strong", {}, number(next))],
            partition === null ? null : `partition ${partition}`,
            time === null || time < 0 ? null : `last event ${ago(time)}`,
        ].filter((one) => one !== null);
        this.#facts.replaceChildren(...parts.map((one) => el("span", {}, one)));
        if (this.#details.open) {
            this.#fillCommands();
        }
    }

    /** Of a Stream; null: there is none. */
    setState(state) {
        const [look, text, action] = STATES[state?.name] ?? ["off", "Not connected", null];
        this.#state.className = `state state-${look}`;
        if (this.#stateText.textContent !== text) {
            this.#stateText.textContent = text;
        }
        hide(this.#pause, action === null);
        this.#pause.textContent = action ?? "";
        this.#pause.setAttribute("aria-label", {Pause: "Pause live events", Resume: "Resume live events",
            Now: "Reconnect now", "Try again": "Reconnect now"}[action] ?? "");
        const words = state?.problem ? plainWords(state.problem) : null;
        hide(this.#why, words === null);
        this.#why.replaceChildren(...(words ? [words[0], words[1] && `: ${words[1]}`].filter(Boolean) : []));
    }

    /** {root, set(label, command)} */
    #command(otherwise) {
        const [name, code, none] = [el("h2"), el("code", {tabindex: "0"}), el("p", {class: "faint"}, otherwise)];
        const button = copyButton("Copy", "Command", () => code.textContent);
        return {
            root: el("div", {class: "command"}, name, code, button, none),
            set: (label, command) => {
                name.textContent = label;
                code.textContent = command ?? "";
                button.setAttribute("aria-label", `Copy: ${label}`);
                hide(code, command === null);
                hide(button, command === null);
                hide(none, command !== null);
            },
        };
    }

    #fillCommands() {
        const {topic, key} = this.#route;
        if (this.#lines === null) {
            const tooLong = "Not with kcat: the key is too long for the name of a topic. Try: bkes get";
            this.#lines = [tooLong, tooLong, "Not from a shell: this key has bytes that can't be typed."]
                .map((otherwise) => this.#command(otherwise));
            this.#commands.append(...this.#lines.map(({root}) => root));
        }
        const [all, fresh, append] = this.#lines;
        all.set("Read all events", readAll(topic, key));
        fresh.set("Follow new ones", readNew(topic, key));
        append.set(`Append event ${this.#next ?? 0}`, appendNext(topic, key, this.#next ?? 0));
    }
}
