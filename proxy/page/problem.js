// A problem in plain words, where it happened, with the way out of it.

import {el, icon, shown} from "/page/dom.js";

const RETRY_MS = 3000;
const SAID_MS = 60_000;

let said = {text: "", time: 0};

/** Whether it has to be read aloud: not at each try. */
function isNews(text) {
    const news = text !== said.text || Date.now() - said.time > SAID_MS;
    if (news) {
        said = {text, time: Date.now()};
    }
    return news;
}

export function plainWords(problem) {
    switch (problem.status) {
        case 0:
            return ["bkes doesn't answer", problem.detail || "It may be starting, or the way to it is interrupted."];
        case 401:
            return ["You aren't logged in", problem.detail || "Log in with your Kafka user."];
        case 403:
            return ["You may not see this", problem.detail];
        case 404:
            return ["There is no such thing here", problem.detail];
        case 421:
            return ["bkes isn't known by this name", problem.detail];
        case 503:
            return ["Not ready yet", problem.detail];
        default:
            return [problem.title || `Error ${problem.status}`, problem.detail];
    }
}

/** How long to wait before the next try. */
const patience = (problem) => 1000 * (problem.retryAfter ?? 0) || RETRY_MS;

/** A box with the problem. What passes by itself is tried again while the box is shown. */
export function problemBox(problem, retry) {
    const [headline, detail] = plainWords(problem);
    const again = el("button", {type: "button", class: "small", onclick: () => {
        clearTimeout(timer);
        retry();
    }}, problem.status === 401 ? "Log in" : "Try again");
    const box = el("div", {class: "problem", role: isNews(`${headline}: ${detail}`) && "alert"}, icon(problem.passes ? "wait" : "bad"),
        el("div", {}, el("strong", {}, headline), detail && el("p", {}, shown(detail, {max: 1000})),
            problem.passes && el("p", {class: "faint"}, "Trying again by itself.")), again);
    const timer = problem.passes ? setTimeout(() => box.isConnected && retry(), patience(problem)) : 0;
    return box;
}
