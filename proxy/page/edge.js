// An end of a list behind which there is more: a button, and a problem if it can't be had.

import {el, hide} from "/page/dom.js";
import {wheneverNear} from "/page/near.js";
import {problemBox} from "/page/problem.js";
import {number} from "/page/words.js";

export class Edge {
    #name;
    #more;
    #isLoading = false;
    #lookAgain = null;
    #button = el("button", {type: "button", class: "edge", onclick: () => this.#load()});
    #problem = el("div");

    /** more(): promise that is kept once more is shown. */
    constructor(name, more) {
        this.#name = name;
        this.#more = more;
        this.root = el("div", {class: `edge-place ${name}`, hidden: true}, this.#button, this.#problem);
    }

    /** `left` more are there, of which `page` come at once. */
    setLeft(left, page) {
        hide(this.root, left <= 0);
        this.#button.textContent = `Show ${number(Math.min(left, page))} ${this.#name}${left > page ? ` of ${number(left)}` : ""}`;
    }

    /** Also by itself when somebody comes near, as long as it `may()`. */
    loadWhenNear(may) {
        this.#lookAgain = wheneverNear(this.root, () => !this.root.hidden && may() && this.#load());
    }

    async #load() {
        if (this.#isLoading) {
            return;
        }
        this.#isLoading = true;
        try {
            await this.#more();
            this.#problem.replaceChildren();
            this.#lookAgain?.();
        } catch (problem) {
            if (problem.name !== "AbortError") {
                this.#problem.replaceChildren(problemBox(problem, () => this.#load()));
            }
        } finally {
            this.#isLoading = false;
        }
    }
}
