// The MCP door, through the official MCP client for TypeScript, over HTTP or stdio.

import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { setTimeout as delay } from 'node:timers/promises';
import { assertTexts, checksOf } from './checks.mjs';

const toolNames = [
    'assistant-create', 'assistant-list', 'assistant-get', 'assistant-delete', 'assistant-update',
    'thread-create', 'thread-get', 'thread-delete', 'thread-update',
    'message-create', 'message-list', 'message-get', 'message-delete', 'message-update',
    'run-create', 'run-list', 'run-get', 'run-cancel', 'run-update', 'run-submit-tool-outputs', 'run-step-list', 'run-step-get',
];

const activeStatuses = ['queued', 'in_progress', 'cancelling'];

/** The key is in the path. */
export const byPath = (url) => new StreamableHTTPClientTransport(new URL(`${url}/mcp/sandbox`));

/** The key is in the Authorization header. */
export const byHeader = (url) =>
    new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers: { Authorization: 'Bearer sandbox' } } });

/** The server is a child process, in a folder if one is named; the key is in its environment. */
export const byStdio = ([program, ...programArguments], settings, cwd) =>
    new StdioClientTransport({
        cwd,
        command: program,
        args: [...programArguments, 'stdio'],
        env: { ...process.env, ...settings, OPENAI_API_KEY: 'sandbox' },
        stderr: 'ignore',
    });

/**
 * Holds a conversation over one transport and returns the tool list as it was published.
 * The client is that of the TypeScript SDK 1.x, unless one of the SDK 2.x is given, with the version it should come to speak.
 */
export async function talkOverMcp(name, transport, { client = new Client({ name: 'conversation', version: '1.0.0' }), version } = {}) {
    const check = checksOf(name);

    const connected = await check('the client connects', async () => {
        await client.connect(transport);
        assert.ok(client.getServerVersion().name);
        assert.equal(client.getNegotiatedProtocolVersion?.(), version);
        return true;
    });
    if (!connected) {
        await transport.close();
        return undefined;
    }

    try {
        return await talk(check, client);
    } finally {
        await check('the client disconnects', () => client.close());
    }
}

async function talk(check, client) {
    /** Calls a tool and returns its object, which is in the reply twice: as text and as structured content. */
    async function call(tool, toolArguments = {}) {
        const result = await client.callTool({ name: tool, arguments: toolArguments });
        assert.ok(!result.isError, `${tool}: ${result.content[0]?.text}`);
        assert.equal(result.content.length, 1);
        assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
        return result.structuredContent;
    }

    async function waitForRun(run) {
        while (activeStatuses.includes(run.status)) {
            await delay(50);
            run = await call('run-get', { thread_id: run.thread_id, run_id: run.id });
        }
        return run;
    }

    const tools = await check('22 tools are listed, in their order', async () => {
        const { tools } = await client.listTools();
        assert.deepEqual(tools.map((tool) => tool.name), toolNames);
        return tools;
    });

    const assistant = await check('assistant-create', async () => {
        const created = await call('assistant-create', {
            name: 'Test Assistant',
            instructions: 'You are a helpful assistant.',
            tools: [{ type: 'function', function: { name: 'tide_height' } }],
        });
        assert.equal(created.object, 'assistant');
        return created;
    });
    if (!assistant) {
        return tools;
    }

    await check('assistant-get, assistant-update and assistant-list agree', async () => {
        const id = { assistant_id: assistant.id };
        assert.deepEqual(await call('assistant-get', id), assistant);
        const updated = await call('assistant-update', { ...id, name: 'Renamed' });
        assert.deepEqual(updated, { ...assistant, name: 'Renamed' });
        const list = await call('assistant-list', { limit: 1 });
        assert.deepEqual(list.data, [updated]);
    });

    const thread = await check('thread-create', () => call('thread-create', { metadata: { topic: 'tides' } }));
    if (!thread) {
        return tools;
    }
    const inThread = { thread_id: thread.id };

    await check('message-create', async () => {
        const message = await call('message-create', { ...inThread, content: 'Hello' });
        assertTexts([message], ['user: Hello']);
    });

    await check('run-create, then run-get until it is completed', async () => {
        const run = await call('run-create', { ...inThread, assistant_id: assistant.id });
        assert.equal(run.status, 'queued');

        const ended = await waitForRun(run);

        assert.equal(ended.status, 'completed');
        const messages = await call('message-list', { ...inThread, order: 'asc' });
        assertTexts(messages.data, ['user: Hello', 'assistant: You said: Hello']);
        const steps = await call('run-step-list', { ...inThread, run_id: run.id });
        assert.deepEqual(steps.data.map((step) => [step.type, step.status]), [['message_creation', 'completed']]);
        const step = await call('run-step-get', { ...inThread, run_id: run.id, step_id: steps.data[0].id });
        assert.deepEqual(step, steps.data[0]);
    });

    await check('run-submit-tool-outputs lets the run go on', async () => {
        await call('message-create', { ...inThread, content: 'call: tide_height {"harbour":"Lowestoft"}' });
        const waiting = await waitForRun(await call('run-create', { ...inThread, assistant_id: assistant.id }));
        assert.equal(waiting.status, 'requires_action');
        const [toolCall] = waiting.required_action.submit_tool_outputs.tool_calls;

        const resumed = await call('run-submit-tool-outputs', {
            ...inThread,
            run_id: waiting.id,
            tool_outputs: [{ tool_call_id: toolCall.id, output: '3.2 metres' }],
        });
        const ended = await waitForRun(resumed);

        assert.equal(ended.status, 'completed');
        const { data: [answer] } = await call('message-list', { ...inThread, limit: 1 });
        assert.match(answer.content[0].text.value, /3\.2 metres/);
    });

    await check('a wrong argument is an error that names it', async () => {
        const unknown = await client.callTool({ name: 'assistant-create', arguments: { nmae: 'Test Assistant' } });
        assert.equal(unknown.isError, true);
        assert.match(unknown.content[0].text, /nmae/);

        const missing = await client.callTool({ name: 'assistant-get', arguments: {} });
        assert.equal(missing.isError, true);
        assert.match(missing.content[0].text, /assistant_id/);

        const wrong = await client.callTool({ name: 'assistant-list', arguments: { limit: 1000 } });
        assert.equal(wrong.isError, true);
        assert.match(wrong.content[0].text, /limit/);
    });

    await check('an unknown thread is an error with its id', async () => {
        const result = await client.callTool({ name: 'thread-get', arguments: { thread_id: 'thread_000000000000000000000000' } });
        assert.equal(result.isError, true);
        assert.match(result.content[0].text, /No thread found with id 'thread_000000000000000000000000'\./);
    });

    await check('thread-delete and assistant-delete', async () => {
        assert.equal((await call('thread-delete', inThread)).deleted, true);
        assert.equal((await call('assistant-delete', { assistant_id: assistant.id })).deleted, true);
    });

    return tools;
}
