// The settings that the image and the unit bring along: they make the program start, and give way to the operator's.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checksOf } from '../node/checks.mjs';
import { publishedProgram, repository, startServer } from '../node/server.mjs';

/** Where each of them is written, and how. */
const sources = {
    'the image': { file: 'Dockerfile', assignments: /^ENV ((?:.*\\\n)*.*)$/gm },
    'the unit': { file: 'deploy/systemd/assistants-mcp.service', assignments: /^Environment=(.*)$/gm },
};

export async function checkDefaults() {
    const check = checksOf('defaults');

    for (const [name, { file, assignments }] of Object.entries(sources)) {
        const text = await readFile(join(repository, file), 'utf8');
        const settings = Object.fromEntries([...text.matchAll(assignments)].flatMap(([, line]) => pairs(line)));

        for (const variable of ['DATABASE_URL', 'Storage__ConnectionString']) {
            await check(`${name}: the operator's ${variable} is heard`, () => withFolder(async (folder) => {
                const database = join(folder, 'mine.db');
                const server = await startServer([publishedProgram], { ...settings, [variable]: `Data Source=${database}` });
                server.kill();
                assert.ok(existsSync(database), server.output());
            }));
        }
    }
}

/** The assignments of one line: name=value, or with quotes around the value or the whole. */
const pairs = (line) =>
    [...line.matchAll(/"(\w+)=([^"]*)"|(\w+)=(?:"([^"]*)"|(\S+))/g)].map(([, a, b, c, d, e]) => [a ?? c, b ?? d ?? e]);

async function withFolder(body) {
    const folder = await mkdtemp(join(tmpdir(), 'assistants-mcp-defaults-'));
    try {
        await body(folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}
