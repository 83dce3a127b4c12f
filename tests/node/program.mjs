// The program itself: what it says of its version, where it can be started, and how it stops.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { checksOf } from './checks.mjs';
import { postgres, projectVersion, startServer, temporaryData } from './server.mjs';

/** A folder in which nobody can make a file, root neither. */
const readOnlyFolder = '/proc';

export async function startAndStop(command, modelUrl) {
    const check = checksOf('program');
    const [program, ...programArguments] = command;
    const run = (args, options) => promisify(execFile)(program, [...programArguments, ...args], { timeout: 30_000, ...options });

    await check('--version prints the version of the project', async () => {
        assert.equal((await run(['--version'])).stdout, `${await projectVersion()}\n`);
    });

    await check('it is started in a folder that cannot be written, with its data elsewhere', () => withData(async (settings) => {
        const server = await startServer(command, settings, readOnlyFolder);
        assert.deepEqual(await server.stop(), { code: 0, signal: null });
    }));

    if (!postgres) {
        await check('data that cannot be written there is one line and exit code 1', async () => {
            const refused = await run(['--urls', 'http://127.0.0.1:0'], { cwd: readOnlyFolder }).catch((error) => error);
            assert.equal(refused.code, 1);
            assert.match(refused.stderr, /^AssistantsMcp: .*data.*\n$/);
        });
    }

    await check('SIGTERM stops it over stdio, too', () => withData(async (settings) => {
        const talk = spawn(program, [...programArguments, 'stdio'], { env: { ...process.env, ...settings, OPENAI_API_KEY: 'sandbox' }, stdio: ['pipe', 'pipe', 'ignore'] });
        const ended = once(talk, 'exit');
        talk.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`);
        await Promise.race([once(talk.stdout, 'data'), ended]);
        talk.kill('SIGTERM');
        assert.deepEqual(await ended, [0, null]);
    }));

    for (const signal of ['SIGTERM', 'SIGINT']) {
        await check(`${signal} in the middle of a run: it stops within 15 s, and the run ends after the next start`, () =>
            withData((settings) => interrupt(command, { ...settings, Model__BaseUrl: modelUrl, Model__Profile: 'openai' }, signal)));
    }
}

async function withData(body) {
    const data = await temporaryData();
    try {
        await body(data.settings);
    } finally {
        await data.remove();
    }
}

async function interrupt(command, settings, signal) {
    const words = `interrupted by ${signal}`;
    const started = [];
    const start = async () => {
        const server = await startServer(command, settings);
        started.push(server);
        return { server, ...new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sk-interrupted', maxRetries: 0 }).beta };
    };

    try {
        const before = await start();
        const assistant = await before.assistants.create({ model: 'm' });
        const stream = before.threads.createAndRunStream({ assistant_id: assistant.id, thread: { messages: [{ role: 'user', content: words }] } });
        const ended = stream.done().catch(() => {});
        await new Promise((resolve) => stream.once('textDelta', resolve));
        const { id, thread_id } = stream.currentRun();

        assert.deepEqual(await before.server.stop(signal), { code: 0, signal: null });
        await ended;

        const { threads } = await start();
        const run = await threads.runs.poll(id, { thread_id });
        assert.equal(run.status, 'completed');
        const { data: [answer] } = await threads.messages.list(thread_id, { limit: 1 });
        assert.equal(answer.content[0].text.value, `You said: ${words}`);
    } finally {
        started.forEach((server) => server.kill());
    }
}
