// A list in which one row is in the order of Tab, and arrows or j and k go through all.

/** `container` holds elements with data-row. */
export class Rows {
    #container;
    #current = null;

    constructor(container) {
        this.#container = container;
        container.addEventListener("focusin", ({target}) => {
            const row = target.closest("[data-row]");
            if (row !== null) {
                this.#set(row);
            }
        });
    }

    #set(row) {
        this.#current?.setAttribute("tabindex", "-1");
        row.setAttribute("tabindex", "0");
        this.#current = row;
    }

    get all() {
        return [...this.#container.querySelectorAll("[data-row]")];
    }

    /** After rows were added or taken away. */
    settle() {
        if (!this.#container.contains(this.#current)) {
            const first = this.#container.querySelector("[data-row]");
            this.#current = null;
            if (first !== null) {
                this.#set(first);
            }
        }
    }

    get current() {
        return this.#container.contains(this.#current) ? this.#current : null;
    }

    get hasFocus() {
        return this.#container.contains(document.activeElement);
    }

    /** True if there is a row to go to. */
    move(steps) {
        const all = this.all;
        const from = this.hasFocus ? all.indexOf(this.current) : -1;
        const to = from < 0 ? 0 : Math.max(0, Math.min(all.length - 1, from + steps));
        all[to]?.focus();
        return all.length > 0;
    }
}
