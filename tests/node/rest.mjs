// The REST door, through OpenAI's own client for Node.

import assert from 'node:assert/strict';
import OpenAI, { NotFoundError } from 'openai';
import { assertTexts, checksOf } from './checks.mjs';

const tideHeight = {
    type: 'function',
    function: {
        name: 'tide_height',
        description: 'Height of the tide in metres.',
        parameters: { type: 'object', properties: { harbour: { type: 'string' } }, required: ['harbour'] },
    },
};

export async function talkOverRest(url) {
    const check = checksOf('openai');
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sandbox', maxRetries: 0 });
    const { assistants, threads } = client.beta;

    await check('models are listed', async () => {
        const page = await client.models.list();
        assert.ok(page.data.length > 0);
    });

    const assistant = await check('an assistant is created', async () => {
        const created = await assistants.create({
            model: 'gpt-6-luna',
            name: 'Harbour pilot',
            instructions: 'Answer as a harbour pilot would.',
            tools: [tideHeight],
            metadata: { watch: 'morning' },
        });
        assert.match(created.id, /^asst_[A-Za-z0-9]{24}$/);
        assert.equal(created.object, 'assistant');
        assert.equal(created.name, 'Harbour pilot');
        assert.deepEqual(created.metadata, { watch: 'morning' });
        return created;
    });
    if (!assistant) {
        return;
    }

    await check('an assistant is retrieved as it was created', async () => {
        assert.deepEqual(await assistants.retrieve(assistant.id), assistant);
    });

    await check('an update changes what is sent and keeps the rest', async () => {
        const updated = await assistants.update(assistant.id, { description: 'Knows the tides.' });
        assert.deepEqual(updated, { ...assistant, description: 'Knows the tides.' });
    });

    await check('assistants are listed, newest first', async () => {
        const page = await assistants.list({ limit: 1 });
        assert.deepEqual(page.data.map((item) => item.id), [assistant.id]);
    });

    const thread = await check('a thread is created with its first message', async () => {
        const created = await threads.create({ messages: [{ role: 'user', content: 'When is high water?' }] });
        assert.match(created.id, /^thread_[A-Za-z0-9]{24}$/);
        return created;
    });
    if (!thread) {
        return;
    }

    await check('requests with an Idempotency-Key are done once', async () => {
        const careful = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sandbox' });
        careful.idempotencyHeader = 'Idempotency-Key';
        const create = (options) => careful.beta.threads.create({ metadata: { topic: 'tides' } }, options);
        const [first, again, other] = [await create({ idempotencyKey: 'a' }), await create({ idempotencyKey: 'a' }), await create()];
        assert.deepEqual(again, first);
        assert.notEqual(other.id, first.id);
    });

    await check('a run is polled until it is completed', async () => {
        const run = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
        assert.equal(run.status, 'completed');
        assert.ok(run.usage.total_tokens > 0);
    });

    await check('the thread holds question and answer', async () => {
        const page = await threads.messages.list(thread.id, { order: 'asc' });
        assertTexts(page.data, ['user: When is high water?', 'assistant: You said: When is high water?']);
    });

    await check('a function call is answered and its output quoted', async () => {
        await threads.messages.create(thread.id, { role: 'user', content: 'call: tide_height {"harbour":"Lowestoft"}' });

        const waiting = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
        assert.equal(waiting.status, 'requires_action');
        const calls = waiting.required_action.submit_tool_outputs.tool_calls;
        assert.equal(calls.length, 1);
        assert.equal(calls[0].function.name, 'tide_height');
        assert.deepEqual(JSON.parse(calls[0].function.arguments), { harbour: 'Lowestoft' });

        const run = await threads.runs.submitToolOutputsAndPoll(waiting.id, {
            thread_id: thread.id,
            tool_outputs: [{ tool_call_id: calls[0].id, output: '3.2 metres' }],
        });
        assert.equal(run.status, 'completed');

        const [answer] = (await threads.messages.list(thread.id, { limit: 1 })).data;
        assert.equal(answer.run_id, run.id);
        assert.match(answer.content[0].text.value, /3\.2 metres/);

        const steps = (await threads.runs.steps.list(run.id, { thread_id: thread.id, order: 'asc' })).data;
        assert.deepEqual(steps.map((step) => [step.type, step.status]), [['tool_calls', 'completed'], ['message_creation', 'completed']]);
        assert.equal(steps[0].step_details.tool_calls[0].function.output, '3.2 metres');
        assert.equal(steps[1].step_details.message_creation.message_id, answer.id);
    });

    await check('a streamed run arrives in pieces that make up the message', async () => {
        await threads.messages.create(thread.id, { role: 'user', content: 'say: High water is at six, and it is 3.2 metres.' });

        const pieces = [];
        const stream = threads.runs.stream(thread.id, { assistant_id: assistant.id });
        stream.on('textDelta', (delta) => pieces.push(delta.value));
        const run = await stream.finalRun();
        const [message] = await stream.finalMessages();

        assert.equal(run.status, 'completed');
        assert.ok(pieces.length > 1, 'the answer came in one piece');
        assert.equal(pieces.join(''), 'High water is at six, and it is 3.2 metres.');
        assert.equal(message.content[0].text.value, pieces.join(''));
        assert.deepEqual(message.content, (await threads.messages.retrieve(message.id, { thread_id: thread.id })).content);
    });

    await check('a thread and a run are created in one request', async () => {
        const run = await threads.createAndRunPoll({
            assistant_id: assistant.id,
            thread: { messages: [{ role: 'user', content: 'say: Aye.' }] },
        });
        assert.equal(run.status, 'completed');
        assertTexts((await threads.messages.list(run.thread_id, { limit: 1 })).data, ['assistant: Aye.']);
    });

    await check('an unknown thread is an error with its id', async () => {
        const id = 'thread_000000000000000000000000';
        await assert.rejects(threads.retrieve(id), (error) => {
            assert.ok(error instanceof NotFoundError);
            assert.equal(error.status, 404);
            assert.deepEqual(error.error, {
                message: `No thread found with id '${id}'.`,
                type: 'invalid_request_error',
                param: null,
                code: null,
            });
            return true;
        });
    });

    await check('message, thread and assistant are deleted', async () => {
        const [message] = (await threads.messages.list(thread.id, { limit: 1 })).data;

        const answers = [
            await threads.messages.delete(message.id, { thread_id: thread.id }),
            await threads.delete(thread.id),
            await assistants.delete(assistant.id),
        ];

        assert.deepEqual(answers, [
            { id: message.id, object: 'thread.message.deleted', deleted: true },
            { id: thread.id, object: 'thread.deleted', deleted: true },
            { id: assistant.id, object: 'assistant.deleted', deleted: true },
        ]);
        await assert.rejects(assistants.retrieve(assistant.id), NotFoundError);
    });
}
