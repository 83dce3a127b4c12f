// Counts checks and prints one line for each.

import assert from 'node:assert/strict';

const patience = 60_000;

export const counts = { passed: 0, failed: 0 };

/** A function that runs one named check. A failure, or a minute of silence, is counted and printed; the rest goes on. */
export function checksOf(part) {
    return async (name, body) => {
        let timer;
        const silence = new Promise((_, reject) => {
            timer = setTimeout(() => reject(new Error(`no result after ${patience / 1000} s`)), patience);
        });

        try {
            const result = await Promise.race([body(), silence]);
            counts.passed++;
            console.log(`ok - ${part}: ${name}`);
            return result;
        } catch (error) {
            counts.failed++;
            console.log(`not ok - ${part}: ${name}`);
            console.log(`  ${String(error?.stack ?? error).replaceAll('\n', '\n  ')}`);
            return undefined;
        } finally {
            clearTimeout(timer);
        }
    };
}

/** Asserts that the messages say these texts, in this order. */
export function assertTexts(messages, expected) {
    const texts = messages.map((message) => `${message.role}: ${message.content.map((part) => part.text.value).join('')}`);
    assert.deepEqual(texts, expected);
}
