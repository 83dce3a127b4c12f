// The MCP door, through the programs that clients start which can only start programs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { checksOf } from './checks.mjs';
import { talkOverMcp } from './mcp.mjs';

const installed = (name) => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url));

const start = (command, args, env = {}) => new StdioClientTransport({ command, args, env: { ...process.env, ...env }, stderr: 'ignore' });

export async function talkThroughProxies(url, command) {
    const snippet = await checksOf('mcp-remote')('the command config prints how to start it', () => snippetFor('claude-desktop', url, command));
    if (snippet) {
        const [yes, name, ...args] = snippet.args;
        assert.deepEqual([snippet.command, yes, name], ['npx', '-y', 'mcp-remote']);
        const env = Object.fromEntries(Object.entries(snippet.env).map(([key, value]) => [key, value.replace('YOUR_API_KEY', 'sandbox')]));
        await talkOverMcp('mcp-remote', start(installed('mcp-remote'), args, env));
    }

    await talkOverMcp('mcp-remote, key in the path', start(installed('mcp-remote'), [`${url}/mcp/sandbox`, '--transport', 'http-only']));
    await talkOverMcp(
        'supergateway',
        start(installed('supergateway'), ['--streamableHttp', `${url}/mcp`, '--oauth2Bearer', 'sandbox', '--logLevel', 'none']),
    );
}

/** What the program itself tells a client to start. */
async function snippetFor(client, url, [program, ...programArguments]) {
    const { stdout } = await promisify(execFile)(program, [...programArguments, 'config', '--client', client, '--url', url]);
    return JSON.parse(stdout).mcpServers.assistants;
}
