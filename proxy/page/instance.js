// What the instance says of itself (/status), asked now and then for all who want to know.

import {ask, paths} from "/page/api.js";

const OFTEN_MS = 2000;
const SELDOM_MS = 10_000;

const listeners = new Set();
let isOften = false;
let timer = 0;
let last = null;

/** Now. */
export async function look() {
    clearTimeout(timer);
    if (!document.hidden) {
        try {
            last = {status: await ask(paths.status), problem: null, time: Date.now()};
        } catch (problem) {
            last = {status: last?.status ?? null, problem, time: Date.now()};
        }
        listeners.forEach((listener) => listener(last));
    }
    clearTimeout(timer);
    timer = setTimeout(look, isOften || last?.problem ? OFTEN_MS : SELDOM_MS);
}

/** listener({status, problem, time}): the last status known, and why there is no newer one. Returns how to end it. */
export function watch(listener) {
    listeners.add(listener);
    if (last !== null) {
        listener(last);
    }
    return () => listeners.delete(listener);
}

export function lookOften(often) {
    if (isOften !== often) {
        isOften = often;
        look();
    }
}

document.addEventListener("visibilitychange", () => document.hidden || look());
look();
