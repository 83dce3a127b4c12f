// The MCP door, through the TypeScript SDK 2.x, in both eras of the protocol.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { talkOverMcp } from './mcp.mjs';

/** What the client is told of versions, and the one that it and the server agree on. */
const eras = [
    { era: 'as it comes', versionNegotiation: undefined, version: '2025-11-25' },
    { era: 'negotiating', versionNegotiation: { mode: 'auto' }, version: '2026-07-28' },
];

export async function talkWithSdk2(url, [program, ...programArguments], settings) {
    for (const { era, versionNegotiation, version } of eras) {
        const transports = {
            http: new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers: { Authorization: 'Bearer sandbox' } } }),
            stdio: new StdioClientTransport({
                command: program,
                args: [...programArguments, 'stdio'],
                env: { ...process.env, ...settings, OPENAI_API_KEY: 'sandbox' },
                stderr: 'ignore',
            }),
        };
        for (const [name, transport] of Object.entries(transports)) {
            const client = new Client({ name: 'conversation', version: '1.0.0' }, { versionNegotiation });
            await talkOverMcp(`sdk 2, ${era}, ${name}`, transport, { client, version });
        }
    }
}
