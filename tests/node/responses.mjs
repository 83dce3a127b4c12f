// A model server for the checks: it speaks the streamed Responses API, and the newest item of its input says what it does.

import { createServer } from 'node:http';
import { once } from 'node:events';

const usage = {
    input_tokens: 11,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 18,
};

export async function startResponses() {
    const listener = createServer(answer).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return {
        url: `http://127.0.0.1:${listener.address().port}/v1`,
        stop: () => {
            listener.close();
            listener.closeAllConnections();
        },
    };
}

async function answer(request, response) {
    if (request.url !== '/v1/responses') {
        response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
        return;
    }

    const pieces = [];
    for await (const piece of request) {
        pieces.push(piece);
    }

    const { input } = JSON.parse(Buffer.concat(pieces).toString());
    const newest = input.findLast((item) => item.type === 'function_call_output' || item.role === 'user');
    const word = newest.type === 'message' ? textOf(newest.content) : 'outputs';
    const outputs = input.filter((item) => item.type === 'function_call_output').map((item) => item.output);
    const script = scripts[word] ?? (() => (word.startsWith('interrupted') ? onceInterrupted(word) : echo(word)));

    let number = 0;
    const send = (event) => response.write(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: number++ })}\n\n`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress', output: [] } });
    const events = script(outputs);
    events.forEach(send);
    if (ends.includes(events.at(-1).type)) {
        response.end();
    }
}

/** What comes after an answer that does not end in one of these stays away. */
const ends = ['response.completed', 'response.incomplete', 'response.failed'];

const interrupted = new Set();

const scripts = {
    one: () => [...call(0, 'tide_height', ['{"harbour"', ':"Lowestoft"}']), ended('completed')],
    parallel: () => [...call(0, 'tide_height', ['{"harbour":"Ly', 'me"}']), ...call(1, 'wind_speed', ['{}']), ended('completed')],
    outputs: (outputs) => [...text(['The answer: ', outputs.join(' and ')]), ended('completed')],
    fail: () => [...text(['Half an '], false), { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error', message: 'The model lost its way.' }, usage } }],
    incomplete: () => [...text(['Half an '], false), ended('incomplete', { reason: 'max_output_tokens' })],
    code: () => [...code(0, ['print(', '1+1)'], '2\n'), ...text(['It is 2.'], true, [], 1), ended('completed')],
    search: () => [
        ...search(0, { file_id: 'file-a', filename: 'tides.txt', score: 0.5, attributes: {}, text: '3.2 m at six' }),
        ...text(['At ', 'six.'], true, [{ type: 'file_citation', index: 7, file_id: 'file-a', filename: 'tides.txt' }], 1),
        ended('completed'),
    ],
    hang: () => text(['Half an '], false),
};

/** Hangs the first time that it is asked, and answers the second time. */
function onceInterrupted(word) {
    const isSecond = interrupted.has(word);
    interrupted.add(word);
    return isSecond ? echo(word) : scripts.hang();
}

const echo = (word) => [...text(['You said: ', word]), ended('completed')];

const textOf = (content) => (typeof content === 'string' ? content : content.map((part) => part.text).join(''));

const message = (id, status, content) => ({ id, type: 'message', status, role: 'assistant', content });

function text(pieces, isFinished = true, annotations = [], index = 0) {
    const id = 'msg_a';
    const part = { type: 'output_text', text: pieces.join(''), annotations };
    const place = { item_id: id, output_index: index, content_index: 0 };
    return [
        { type: 'response.output_item.added', output_index: index, item: message(id, 'in_progress', []) },
        { type: 'response.content_part.added', ...place, part: { ...part, text: '', annotations: [] } },
        ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...place, delta })),
        ...annotations.map((annotation, number) => ({ type: 'response.output_text.annotation.added', ...place, annotation_index: number, annotation })),
        ...(isFinished ? [{ type: 'response.output_item.done', output_index: index, item: message(id, 'completed', [part]) }] : []),
    ];
}

function code(index, pieces, logs) {
    const place = { output_index: index, item_id: 'ci_a' };
    const item = (status, value, outputs) => ({ id: 'ci_a', type: 'code_interpreter_call', status, code: value, container_id: 'cntr_a', outputs });
    return [
        { type: 'response.output_item.added', output_index: index, item: item('in_progress', '', null) },
        { type: 'response.code_interpreter_call.in_progress', ...place },
        ...pieces.map((delta) => ({ type: 'response.code_interpreter_call_code.delta', ...place, delta })),
        { type: 'response.code_interpreter_call_code.done', ...place, code: pieces.join('') },
        { type: 'response.code_interpreter_call.interpreting', ...place },
        { type: 'response.code_interpreter_call.completed', ...place },
        { type: 'response.output_item.done', output_index: index, item: item('completed', pieces.join(''), [{ type: 'logs', logs }]) },
    ];
}

function search(index, result) {
    const place = { output_index: index, item_id: 'fs_a' };
    const item = (status, queries, results) => ({ id: 'fs_a', type: 'file_search_call', status, queries, results });
    return [
        { type: 'response.output_item.added', output_index: index, item: item('in_progress', [], null) },
        { type: 'response.file_search_call.in_progress', ...place },
        { type: 'response.file_search_call.searching', ...place },
        { type: 'response.file_search_call.completed', ...place },
        { type: 'response.output_item.done', output_index: index, item: item('completed', ['tide'], [result]) },
    ];
}

function call(index, name, pieces) {
    const item = (status, value) => ({ id: `fc_${index}`, type: 'function_call', status, call_id: `call_${index}`, name, arguments: value });
    return [
        { type: 'response.output_item.added', output_index: index, item: item('in_progress', '') },
        ...pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', item_id: `fc_${index}`, output_index: index, delta })),
        { type: 'response.output_item.done', output_index: index, item: item('completed', pieces.join('')) },
    ];
}

const ended = (status, details = null) => ({
    type: `response.${status}`,
    response: { id: 'resp_1', status, incomplete_details: details, output: [], usage },
});
