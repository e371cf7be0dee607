// Aggregates by the beginning of their key, as one types.

import {say} from "/page/announce.js";
import {keysOf, paths} from "/page/api.js";
import {el, hide, icon, word} from "/page/dom.js";
import {wheneverNear} from "/page/near.js";
import {problemBox} from "/page/problem.js";
import {format, go} from "/page/route.js";
import {Rows} from "/page/rows.js";
import {ago, counted} from "/page/words.js";

const PAGE = 100;
const TYPING_MS = 120;
const AGAIN_MS = 5000;
const BY_ITSELF_MAX = 5000;

export class Keys {
    #route = {topic: null};
    #asked = null;                 // topic and prefix of what is shown or on its way
    #stop = new AbortController();
    #timer = 0;
    #next = null;
    #count = 0;
    #input = el("input", {
        type: "search", id: "search", placeholder: "Key begins with…", autocomplete: "off", autocapitalize: "off",
        spellcheck: "false", "aria-describedby": "found",
        oninput: () => this.#typed(),
    });
    #found = el("p", {id: "found", class: "found"});
    #list = el("ul", {class: "keys", "aria-label": "Aggregates"});
    #problem = el("div", {});
    #more = el("button", {type: "button", class: "edge", hidden: true, onclick: () => this.#append()}, "Show more");
    #isAppending = false;
    #lookAgain = null;
    #focus = new Rows(this.#list);

    constructor() {
        const form = el("form", {class: "search", role: "search", onsubmit: (submit) => {
            submit.preventDefault();
            this.#entered();
        }}, el("label", {for: "search", class: "away"}, "Find an aggregate by the beginning of its key"),
        icon("search"), this.#input, el("kbd", {"aria-hidden": "true"}, "/"));
        this.root = el("section", {class: "keys-pane", "aria-label": "Aggregates"}, el("div", {class: "search-place"}, form,
            this.#found), this.#problem, this.#list, this.#more);
        this.#lookAgain = wheneverNear(this.#more, () => !this.#more.hidden && this.#count < BY_ITSELF_MAX && this.#append());
        setInterval(() => this.#refresh(), AGAIN_MS);
    }

    show(route) {
        this.#route = route;
        if (document.activeElement !== this.#input) {
            this.#input.value = route.prefix;
        }
        this.#mark();
        if (this.#asked !== JSON.stringify([route.topic, route.prefix])) {
            this.#load();
        }
    }

    get hasFocus() {
        return this.#list.contains(document.activeElement);
    }

    /** On a phone, behind an aggregate. */
    get isHidden() {
        return this.root.offsetParent === null;
    }

    get isTyping() {
        return document.activeElement === this.#input;
    }

    search() {
        this.#input.focus();
        this.#input.select();
    }

    clear() {
        this.#input.value = "";
        this.#typed();
    }

    get isClear() {
        return this.#input.value === "";
    }

    move(steps) {
        return this.#focus.move(steps);
    }

    /** That of the key, or else the first. */
    focus(key) {
        (this.#rowOf(key) ?? this.#focus.current)?.focus();
    }

    #rowOf(key) {
        return this.#focus.all.find(({dataset}) => dataset.key === key);
    }

    #typed() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#search(), TYPING_MS);
    }

    #search() {
        clearTimeout(this.#timer);
        const prefix = this.#input.value;
        if (prefix !== this.#route.prefix) {
            go({...this.#route, prefix}, {replace: true});
        }
    }

    /** Opens the first that was found, or what was typed. */
    async #entered() {
        this.#search();
        await this.#loading;
        const first = this.#list.querySelector("[data-row]");
        if (first !== null) {
            first.focus();
            first.click();
        }
    }

    #loading = null;

    #load() {
        this.#stop.abort();
        this.#stop = new AbortController();
        this.#loading = this.#ask(this.#stop.signal);
    }

    async #ask(signal) {
        const {topic, prefix} = this.#route;
        const isOther = this.#asked !== JSON.stringify([topic, prefix]);
        this.#asked = JSON.stringify([topic, prefix]);
        this.root.classList.toggle("is-loading", isOther);
        try {
            const page = await keysOf(paths.keys(topic, prefix, PAGE), {signal});
            this.#fill(page);
            if (isOther) {
                say(this.#found.textContent);
            }
        } catch (problem) {
            if (!signal.aborted) {
                this.#problem.replaceChildren(problemBox(problem, () => this.#load()));
                hide(this.#more, true);
                if (isOther) {
                    this.#list.replaceChildren();
                    this.#found.textContent = "";
                }
            }
        } finally {
            if (!signal.aborted) {
                this.root.classList.remove("is-loading");
            }
        }
    }

    #fill({keys, next}) {
        const {prefix} = this.#route;
        this.#problem.replaceChildren();
        this.#next = next;
        this.#count = keys.length;
        const rows = keys.map((one) => this.#row(one));
        if (prefix !== "" && keys[0]?.key !== prefix) {
            rows.push(this.#typedRow(prefix));
        }
        const focused = this.hasFocus ? document.activeElement.dataset.key : null;
        this.#list.replaceChildren(...rows);
        if (focused !== null) {
            this.#rowOf(focused)?.focus({preventScroll: true});
        }
        this.#says();
        this.#mark();
        this.#focus.settle();
        this.#lookAgain();
    }

    #says() {
        hide(this.#more, this.#next === null);
        this.#found.textContent = this.#count === 0 ? this.#route.prefix === "" ? "No aggregates yet" : "No such aggregate"
            : `${counted(this.#count, "aggregate")}${this.#next === null ? "" : " and more"}`;
    }

    async #append() {
        if (this.#isAppending || this.#next === null) {
            return;
        }
        this.#isAppending = true;
        const {signal} = this.#stop;
        try {
            const page = await keysOf(this.#next, {signal});
            if (signal.aborted) {
                return;
            }
            this.#next = page.next;
            this.#count += page.keys.length;
            const typed = this.#list.querySelector(".typed")?.closest("li");
            const rows = page.keys.map((one) => this.#row(one));
            if (typed) {
                typed.before(...rows);
            } else {
                this.#list.append(...rows);
            }
            this.#says();
            this.#mark();
            this.#lookAgain();
        } catch (problem) {
            if (!signal.aborted) {
                this.#problem.replaceChildren(problemBox(problem, () => this.#append()));
            }
        } finally {
            this.#isAppending = false;
        }
    }

    /** What is new among the first ones, while nobody went further. */
    async #refresh() {
        const {signal} = this.#stop;
        const {topic, prefix, view} = this.#route;
        if (document.hidden || !topic || view !== "events" || this.#count > PAGE || this.#problem.hasChildNodes()) {
            return;
        }
        try {
            const page = await keysOf(paths.keys(topic, prefix, PAGE), {signal});
            if (!signal.aborted && this.#count <= PAGE) {
                this.#fill(page);
            }
        } catch {
            // Shown by the state of the instance; what is there stays.
        }
    }

    #row({key, count, time}) {
        const {topic, prefix, order} = this.#route;
        return el("li", {}, el("a", {
            class: "key-row", href: format({topic, prefix, key, order}), "data-row": true, "data-key": key, tabindex: "-1",
        }, word(key, {class: "key"}), el("span", {class: "key-facts"}, counted(count, "event"),
            time >= 0 && el("span", {class: "faint"}, ago(time)))));
    }

    #typedRow(key) {
        const {topic, prefix, order} = this.#route;
        return el("li", {}, el("a", {
            class: "key-row typed", href: format({topic, prefix, key, order}), "data-row": true, "data-key": key, tabindex: "-1",
        }, el("span", {class: "key"}, "Wait for ", word(key)), el("span", {class: "key-facts faint"}, "no event yet")));
    }

    #mark() {
        this.#list.querySelector("[aria-current]")?.removeAttribute("aria-current");
        this.#rowOf(this.#route.key)?.setAttribute("aria-current", "true");
    }
}
