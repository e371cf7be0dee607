// Search on the one side, the aggregate that is open on the other; on a phone one of them at a time.

import {el} from "/page/dom.js";
import {Keys} from "/page/keys.js";
import {format} from "/page/route.js";
import {Timeline} from "/page/timeline.js";

export class EventsView {
    #keys = new Keys();
    #timeline = null;
    #shown = null;
    #key = null;
    #pane = el("div", {class: "timeline-pane"});
    #blank = el("div", {class: "blank start"}, el("h1", {tabindex: "-1"}, "Events by key"),
        el("p", {}, "Choose an aggregate, or type the beginning of its key."),
        el("p", {class: "faint"}, el("kbd", {}, "/"), " search   ", el("kbd", {}, "j"), " ", el("kbd", {}, "k"),
            " up and down   ", el("kbd", {}, "?"), " all keys"));

    constructor() {
        this.root = el("div", {class: "events-view"}, this.#keys.root, this.#pane);
    }

    show(route) {
        this.root.classList.toggle("is-open", route.key !== null);
        this.#keys.show(route);
        const wanted = route.key === null ? null : format({...route, prefix: ""});
        if (wanted === this.#shown && wanted !== null) {
            return;
        }
        const isFirst = this.#shown === null && this.#pane.childElementCount === 0;
        const hadFocus = this.#pane.contains(document.activeElement) || document.activeElement === document.body;
        this.#timeline?.close();
        this.#timeline = null;
        this.#shown = wanted;
        if (route.key === null) {
            this.#pane.replaceChildren(this.#blank);
            if (hadFocus && this.#key !== null) {
                this.#keys.focus(this.#key);
            }
            this.#key = null;
            return;
        }
        this.#key = route.key;
        this.#timeline = new Timeline(route);
        this.#pane.replaceChildren(this.#timeline.root);
        scrollTo(0, 0);
        if (!isFirst) {
            this.#timeline.focusHead();
        }
    }

    hide() {
        this.#timeline?.close();
        this.#timeline = null;
        this.#shown = null;
        this.#pane.replaceChildren();
    }

    get keys() {
        return this.#keys;
    }

    get timeline() {
        return this.#timeline;
    }
}
